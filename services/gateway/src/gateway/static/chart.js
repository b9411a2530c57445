// Sales by day as stacked bars; the numbers come from the page, the table beside it says the same.
(() => {
  "use strict";

  const TONE = { shopify: "--series-1", ebay: "--series-2", depop: "--series-3", elsewhere: "--series-4" };
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  // light-dark() stays unresolved in a custom property: let the browser resolve it on an element.
  function resolved(name) {
    const probe = document.createElement("i");
    probe.style.color = `var(${name})`;
    document.body.append(probe);
    const found = getComputedStyle(probe).color;
    probe.remove();
    return found || colour(name);
  }

  const charts = new WeakMap();

  function stacked(counts) {
    const sums = counts[0].map(() => 0);
    return counts.map((series) => series.map((count, day) => (sums[day] += count)));
  }

  function draw(frame) {
    const key = frame.dataset.chart + document.documentElement.dataset.theme + frame.clientWidth;
    const held = charts.get(frame);
    if (held?.key === key || !frame.clientWidth) return;
    held?.plot.destroy();
    const data = JSON.parse(frame.dataset.chart);
    const days = data.days.map((day) => Date.parse(`${day}T00:00:00`) / 1000);
    const sums = stacked(data.counts);
    const order = data.platforms.map((_, index) => data.platforms.length - 1 - index);
    const series = order.map((index) => ({
      label: data.names[index],
      fill: resolved(TONE[data.platforms[index]]),
      stroke: resolved("--surface"),
      width: 1,
      paths: uPlot.paths.bars({ size: [0.72, 28], radius: 0.08 }),
      points: { show: false },
    }));
    const axis = { stroke: resolved("--ink-faint"), font: "12px Inter", ticks: { show: false } };
    const options = {
      width: frame.clientWidth - 16,
      height: 204,
      cursor: { show: false },
      legend: { show: false },
      scales: { x: { range: (_, low, high) => [low - 43200, high + 43200] }, y: { range: (_, __, high) => [0, Math.max(high, 4) * 1.05] } },
      axes: [
        { ...axis, grid: { show: false }, space: 64, values: (_, ticks) => ticks.map((tick) => new Date(tick * 1000).toLocaleDateString(undefined, { day: "numeric", month: "short" })) },
        { ...axis, size: 36, grid: { stroke: resolved("--line"), width: 1 }, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000] },
      ],
      series: [{}, ...series],
    };
    charts.set(frame, { key, plot: new uPlot(options, [days, ...order.map((index) => sums[index])], frame) });
  }

  const drawAll = () => document.querySelectorAll("[data-chart]").forEach(draw);
  document.addEventListener("swapped", drawAll);
  document.addEventListener("theme", drawAll);
  document.addEventListener("click", (event) => { if (event.target.closest("[data-toggle]")) requestAnimationFrame(drawAll); });
  window.addEventListener("resize", drawAll);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { document.documentElement.dataset.theme ||= "system"; drawAll(); });
  window.addEventListener("DOMContentLoaded", () => document.fonts.ready.then(drawAll));
})();
