// When panels read again: after hints from the server's stream, after a loss, and now and then. Says so while it is cut off.
(() => {
  "use strict";

  const main = document.getElementById("main");
  const offline = document.getElementById("offline");
  if (!main?.dataset.stream) return;

  const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
  const panels = () => [...document.querySelectorAll("[data-panel]")];
  const readAgain = (wanted = () => true) => panels().filter(wanted).forEach((panel) => htmx.trigger(panel, "refresh"));

  // ── Cut off ──
  let lost = null;

  function sayOffline() {
    if (lost) return;
    lost = new Date();
    offline.querySelector("p").textContent =
      `Live updates stopped at ${clock.format(lost)}. What you see is from then; we connect again by ourselves.`;
    setTimeout(() => { offline.hidden = lost === null; }, 1500);
  }
  function sayOnline() {
    if (!lost) return;
    lost = null;
    offline.hidden = true;
    readAgain();
  }
  window.addEventListener("offline", sayOffline);

  // ── The stream ──
  const KINDS = ["sale", "delist", "stock", "sync", "account"];
  const SOONEST = 1000;
  const LATEST = 30000;
  let source = null;
  let wait = SOONEST;
  let again = null;

  function connect() {
    clearTimeout(again);
    source = new EventSource(main.dataset.stream);
    for (const kind of KINDS) {
      source.addEventListener(kind, () => panels().forEach((panel) => htmx.trigger(panel, `hint:${kind}`)));
    }
    source.addEventListener("hello", (event) => {
      const { reading, missed } = JSON.parse(event.data);
      wait = SOONEST;
      if (!reading) sayOffline();
      else if (lost) sayOnline();
      else if (missed) readAgain();
    });
    source.addEventListener("heard", sayOnline);
    source.addEventListener("deaf", sayOffline);
    source.addEventListener("bye", () => { letGo(); connect(); }); // its life is over, nothing is wrong
    source.addEventListener("error", failed);
  }

  function failed() {
    sayOffline();
    // The stream can't say why it ended. If the session did, any panel is sent to sign in.
    if (panels().length) htmx.trigger(panels()[0], "refresh");
    letGo();
    again = setTimeout(connect, wait * (0.75 + Math.random() / 2)); // not every page at once after a restart
    wait = Math.min(wait * 2, LATEST);
  }

  function letGo() {
    clearTimeout(again);
    source?.close();
    source = null;
  }

  // ── A hidden tab needs no hints, and over HTTP/1.1 a browser keeps six connections a host: it lets go ──
  const HIDDEN_FOR = 10000;
  let leaving = null;

  document.addEventListener("visibilitychange", () => {
    clearTimeout(leaving);
    if (document.hidden) {
      leaving = setTimeout(letGo, HIDDEN_FOR);
    } else {
      if (!source) connect();
      readAgain();
    }
  });

  // ── What failed, is stale or lacks a part is read again soon; all else now and then, for sentences that tell a time ──
  const LACKING = "[data-failed], [data-partial], .stale";
  setInterval(() => { if (!document.hidden) readAgain((panel) => panel.querySelector(LACKING)); }, 10000);
  setInterval(() => { if (!document.hidden) readAgain(); }, 60000);

  if (!document.hidden) connect();
})();
