// What pages do beyond htmx: times in the reader's zone, colours, keys, selection, and honesty about staleness.
(() => {
  "use strict";

  const root = document.documentElement;
  const all = (selector, within = document) => within.querySelectorAll(selector);

  // ── Times ──
  const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
  const short = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
  const exact = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "long" });

  const relative = (at) => {
    const seconds = Math.max(0, Math.floor((Date.now() - at) / 1000));
    if (seconds < 5) return "just now";
    if (seconds < 60) return `${seconds} s ago`;
    if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
    if (seconds < 172800) return `${Math.floor(seconds / 3600)} h ago`;
    return short.format(at);
  };
  const styles = { relative, age: (at) => relative(at).replace(/ ago$/, ""), clock: (at) => clock.format(at), short: (at) => short.format(at) };

  function tellTimes(within = document) {
    for (const time of all("time[datetime]", within)) {
      const at = new Date(time.dateTime);
      const text = (styles[time.dataset.as] || relative)(at);
      if (time.textContent !== text) time.textContent = text;
      if (!time.dataset.told) {
        time.title = exact.format(at);
        time.dataset.told = "1";
      }
    }
  }
  setInterval(tellTimes, 5000);

  // ── Colours ──
  document.addEventListener("click", (event) => {
    const choice = event.target.closest("[data-theme-set]");
    if (!choice) return;
    root.dataset.theme = choice.dataset.themeSet;
    document.cookie = `theme=${choice.dataset.themeSet}; path=/; max-age=31536000; samesite=lax`;
    document.dispatchEvent(new Event("theme"));
    choice.closest("details")?.removeAttribute("open");
  });

  // ── Keys ──
  document.addEventListener("keydown", (event) => {
    const search = document.querySelector("[data-search]");
    if (search && event.key === "k" && (event.metaKey || event.ctrlKey)) {
      event.preventDefault();
      search.focus();
      search.select();
    }
    if (event.key === "Escape") {
      for (const menu of all("details.menu[open]")) {
        menu.removeAttribute("open");
        menu.querySelector("summary").focus();
      }
    }
    const row = document.activeElement?.closest?.("[data-row]");
    if (row && (event.key === "j" || event.key === "k") && !event.metaKey && !event.ctrlKey && !isTyping(event.target)) {
      step(row, event.key === "j" ? 1 : -1);
    }
  });
  const isTyping = (element) => element.matches("input, select, textarea");

  function step(row, by) {
    const links = [...all("[data-row] .row-link")];
    const here = links.findIndex((link) => row.contains(link));
    links[here + by]?.focus();
  }

  // ── Menus close when one clicks elsewhere ──
  document.addEventListener("click", (event) => {
    for (const menu of all("details.menu[open]")) {
      if (!menu.contains(event.target) || event.target.closest(".menu-list button")) menu.removeAttribute("open");
    }
  });

  // ── Filters apply as they are chosen ──
  document.addEventListener("change", (event) => {
    const form = event.target.closest("[data-autosubmit]");
    if (form && event.target.matches("select, input[type=date]")) form.requestSubmit();
    if (event.target.matches(".check")) countSelected();
  });
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("[data-autosubmit], .search")) return;
    for (const field of all("[name]", event.target)) if (!field.value) field.disabled = true;
  });
  window.addEventListener("pageshow", () => all("[data-autosubmit] [name]").forEach((field) => { field.disabled = false; }));

  function countSelected() {
    const count = all(".check:checked").length;
    for (const foot of all("[data-selected]")) {
      foot.hidden = count === 0;
      foot.querySelector("[data-selected-count]").textContent = `${count} selected`;
    }
  }

  // ── Toggles between two views of the same ──
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-toggle]");
    if (!button) return;
    const table = document.getElementById(button.dataset.toggle);
    table.hidden = !table.hidden;
    table.previousElementSibling.hidden = !table.hidden;
    button.setAttribute("aria-pressed", String(!table.hidden));
  });

  // ── Live updates: a panel is morphed in place, so scroll, focus and selection stay; new rows are tinted ──
  if (window.Idiomorph) {
    const calls = Idiomorph.defaults.callbacks;
    calls.afterNodeAdded = (node) => {
      if (node.nodeType === 1 && node.matches("[data-row]")) {
        node.classList.add("arrived");
        setTimeout(() => node.classList.remove("arrived"), 2500);
      }
    };
    calls.beforeNodeMorphed = (old, fresh) => {
      if (old.nodeType !== 1) return true;
      if (old.matches(".check")) fresh.toggleAttribute("checked", old.checked);
      if (old.matches(".fees .input")) fresh.setAttribute("value", old.value); // what is being typed stays
      if (old.classList.contains("arrived")) fresh.classList.add("arrived");
      if (old.matches("time") && old.dateTime === fresh.dateTime) return false;
      return true;
    };
    calls.beforeAttributeUpdated = (name, node) =>
      !((name === "hidden" && node.matches("#days-table, #days-chart, [data-selected]")) || name === "aria-pressed");
    calls.beforeNodeRemoved = (node) => !node.parentElement?.matches?.("[data-chart], .stale-host");
  }
  document.addEventListener("htmx:afterSwap", (event) => {
    tellTimes(event.target);
    countSelected();
    document.dispatchEvent(new CustomEvent("swapped", { detail: event.target }));
  });

  // ── A panel whose owner went away keeps what it shows, and says since when ──
  document.addEventListener("htmx:beforeSwap", (event) => {
    const panel = event.detail.target;
    if (event.detail.xhr.status !== 503 || !panel.matches("[data-panel]")) return;
    if (panel.querySelector(":scope > .skeleton, :scope > [data-failed]")) {
      event.detail.shouldSwap = true;
    } else {
      sayStale(panel);
    }
  });

  function sayStale(panel) {
    if (panel.querySelector(":scope > .stale")) return;
    const note = document.createElement("p");
    note.className = "stale banner";
    note.textContent = `Not updated since ${clock.format(new Date())}. We try again by ourselves.`;
    panel.prepend(note);
  }

  // ── Short notes; what one offers, such as Undo, it offers for ten seconds and as long as somebody is at it ──
  document.addEventListener("toast", (event) => {
    const { text, tone, offer } = event.detail;
    const note = made("div", { className: `toast toast-${tone}` });
    note.append(made("p", { textContent: text }));
    if (offer) note.append(button(offer));
    document.getElementById("toasts")?.append(note);
    htmx.process(note);
    stay(note, offer ? 10000 : tone === "red" ? 9000 : 4000);
  });
  const made = (name, properties) => Object.assign(document.createElement(name), properties);

  function button({ text, url, fields }) {
    const form = made("form", { method: "post", action: url });
    const sent = { "hx-post": url, "hx-swap": "none", "hx-sync": "this:drop" };
    for (const [name, value] of Object.entries(sent)) form.setAttribute(name, value);
    for (const [name, values] of Object.entries(fields)) {
      for (const value of values) form.append(made("input", { type: "hidden", name, value }));
    }
    form.append(made("button", { className: "button button-small", textContent: text }));
    return form;
  }

  function stay(note, span) {
    const holding = new Set();
    let timer = null;
    const hold = (what) => { holding.add(what); clearTimeout(timer); };
    const letGo = (what) => {
      holding.delete(what);
      clearTimeout(timer);
      if (!holding.size) timer = setTimeout(() => takeAway(note), span);
    };
    for (const [from, to] of [["pointerenter", "pointerleave"], ["focusin", "focusout"], ["htmx:beforeRequest", "htmx:afterRequest"]]) {
      note.addEventListener(from, () => hold(from));
      note.addEventListener(to, () => letGo(from));
    }
    note.addEventListener("htmx:afterRequest", (event) => {
      const { status } = event.detail.xhr;
      if (status > 0 && status < 500) takeAway(note); // else it can be sent again
    });
    letGo();
  }

  function takeAway(note) {
    const focused = note.contains(document.activeElement);
    note.remove();
    if (focused) document.getElementById("main")?.focus({ preventScroll: true });
  }
  document.addEventListener("htmx:sendError", (event) => {
    if (event.detail.elt.matches("[data-panel]")) return; // nobody asked for it, and the banner says it
    document.dispatchEvent(new CustomEvent("toast", {
      detail: { text: "Soldwire can’t be reached from this browser. Check your connection, then repeat.", tone: "red" },
    }));
  });

  document.querySelector(".tabs [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
  tellTimes();
})();
