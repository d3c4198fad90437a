// The heap over time, on which a range is chosen.

import { drawing, element, replace, say } from "./dom.js";
import { drawChart, indexAt, margins, seriesOf } from "./timeline_chart.js";
import { addDragging, createHandle, momentNear } from "./timeline_range.js";
import { rangeInWords } from "./range_words.js";

const timelineHeight = 132;

export function createTimeline(app, root) {
  const { amounts, page, after, model, state } = app;
  let series = seriesOf(page, after);
  if (!series.length || series.every(s => s.times.length < 2)) return withoutTimeline(page, root);
  const times = page.windows?.time ?? [];
  const hidden = new Set();
  let chart = null;
  let width = 0;

  const plot = element("div", { class: "plot" });
  const overlay = element("div", { class: model.hasRanges ? "overlay ranges" : "overlay" });
  const cursor = element("div", { class: "cursor", hidden: true });
  const tip = element("div", { class: "tip", hidden: true });
  const shades = [element("div", { class: "shade" }), element("div", { class: "shade" })];
  const flags = element("div", { class: "flags" });
  const words = element("p", { class: "range" });
  const end = element("button", { type: "button", class: "control end", title: "Show the whole run again (Esc)", hidden: true, onclick: () => state.set({ range: null }) }, "Whole run ✕");
  const legend = element("div", { class: "legend" });
  const momentAt = event => momentNear(times, chart.endTime, chart.scales.time(event.clientX - overlay.getBoundingClientRect().left));
  const choose = (range, options) => state.set({ range }, options);
  const handles = model.hasRanges ? [0, 1].map(side => createHandle(side, {
    get: () => state.get().range, times, words: at => app.names.moment(at, amounts), choose,
  })) : [];

  function drawLegend() {
    const keep = [...legend.children].indexOf(document.activeElement);
    replace(legend, series.map(s => element("button", {
      type: "button", class: "series", "aria-pressed": String(!hidden.has(s.kind)), title: hidden.has(s.kind) ? "Show it" : "Hide it",
      onclick: () => {
        if (!hidden.delete(s.kind)) hidden.add(s.kind);
        drawLegend();
        redraw();
      },
    }, curveSample(s), s.title)));
    legend.children[keep]?.focus();
  }

  // flag names what was at a time. Of flags that would stand on one another the later ones are only lines.
  function drawFlags() {
    const all = times.map((t, i) => ({ time: t, words: page.windows.mark[i], moment: i })).filter(f => f.words);
    if (after.hasPeak && page.sides.length === 1) all.push({ time: after.peakTime, words: "peak", moment: null });
    all.sort((a, b) => (a.moment === null ? -1 : b.moment === null ? 1 : a.time - b.time));
    const taken = [];
    const made = all.map(f => {
      const x = chart.scales.x(f.time);
      const wide = Math.min(f.words.length, 18) * 6.4 + 10;
      const left = Math.min(x, width - margins.right - wide);
      const fits = taken.every(([from, to]) => left + wide < from || left > to);
      if (fits) taken.push([left, left + wide]);
      const flag = element("button", { type: "button", class: f.moment === null ? "flag peak" : "flag", title: flagTitle(f), "aria-label": flagTitle(f), tabindex: fits ? "0" : "-1", onclick: () => go(f) }, fits ? f.words : "");
      flag.style.left = `${fits ? left : x - 3}px`;
      const line = element("span", { class: f.moment === null ? "stem peak" : "stem" });
      line.style.left = `${x}px`;
      return { line, flag, fits };
    });
    // Those with a name lie above those for whose there is no room.
    replace(flags, made.map(m => m.line), [false, true].map(fits => made.filter(m => m.fits === fits).map(m => m.flag)).flat());
  }

  const flagTitle = f => `${f.moment === null ? "The peak" : `Mark ${f.words}`}, ${amounts.time(f.time)}: show what lived then`;

  function go(f) {
    if (f.moment !== null) state.set({ range: [-1, f.moment] });
    else state.set({ range: null, metric: page.metrics.find(m => m.name === "peak-bytes")?.name ?? page.default });
  }

  function redraw() {
    width = plot.clientWidth;
    if (!width) return;
    chart = drawChart(app, series, hidden, width, timelineHeight);
    plot.querySelector("svg")?.remove();
    plot.prepend(chart.picture);
    drawFlags();
    placeRange(state.get());
  }

  function placeRange(values) {
    const { scales } = chart;
    const ends = values.range ?? [-1, times.length];
    const at = i => (i < 0 ? margins.left : i >= times.length ? scales.right : scales.x(times[i]));
    const [left, right] = ends.map(at);
    shades[0].style.left = `${margins.left}px`;
    shades[0].style.width = `${Math.max(0, left - margins.left)}px`;
    shades[1].style.left = `${right}px`;
    shades[1].style.width = `${Math.max(0, scales.right - right)}px`;
    plot.classList.toggle("chosen", Boolean(values.range));
    handles.forEach((h, side) => h.place(side ? right : left, ends[side]));
  }

  function hover(event) {
    const x = event.clientX - overlay.getBoundingClientRect().left;
    cursor.hidden = tip.hidden = !chart || x < margins.left || x > chart.scales.right || event.pointerType === "touch";
    if (tip.hidden) return;
    const time = chart.scales.time(x);
    cursor.style.left = `${x}px`;
    replace(tip, element("b", {}, amounts.time(time)), series.filter(s => !hidden.has(s.kind) && s.times.length).map(s => {
      const v = s.amounts[indexAt(s.times, time)];
      return element("div", {}, curveSample(s), ` ${s.title} ${s.kind === "blocks" ? amounts.count(v) : s.kind === "resident" ? amounts.size(v).replace(amounts.mark, "") : amounts.size(v)}`);
    }));
    const flip = x > width - 170;
    tip.style.left = flip ? "" : `${x + 10}px`;
    tip.style.right = flip ? `${width - x + 10}px` : "";
  }

  overlay.addEventListener("pointermove", hover);
  overlay.addEventListener("pointerleave", () => { cursor.hidden = tip.hidden = true; });
  if (model.hasRanges) addDragging(overlay, { times, momentAt, endBeside: e => handles.find(h => h.handle === e)?.other() ?? null, choose });
  overlay.append(...shades, cursor, flags, ...handles.map(h => h.handle));
  plot.append(overlay, tip);
  drawLegend();
  replace(root, element("div", { class: "above" }, element("h2", { class: "label" }, "Over time"), legend, end), plot, words);
  new ResizeObserver(() => { if (plot.clientWidth !== width) redraw(); }).observe(plot);

  let told = "";
  return {
    // renew draws what has changed since.
    renew() {
      series = seriesOf(page, after);
      redraw();
    },
    needs: () => ["range", "filter", "brush"],
    update(values) {
      if (chart) placeRange(values);
      const text = rangeInWords(app, values);
      end.hidden = !text;
      replace(words, text || timelineHint(page, model));
      if (text !== told) say(text || (told ? "The whole run" : ""));
      told = text;
    },
  };
}

// timelineHint says what the timeline is for; of a page without ranges why there are none.
function timelineHint(page, model) {
  const words = model.hasRanges ? "Drag for what was born in a part of the run and lives at its end; click for what lived at a moment." : page.missing?.range;
  return words ? element("span", { class: "quiet sentence" }, words) : null;
}

// curveSample shows how a curve is drawn.
function curveSample(s) {
  return drawing("svg", { class: "sample", width: 18, height: 10, viewBox: "0 0 18 10", "aria-hidden": "true" },
    s.filled ? drawing("path", { class: `area ${s.kind}`, d: "M1 5H17V10H1Z" }) : null, drawing("path", { class: `curve ${s.kind}`, d: "M1 5H17" }));
}

function withoutTimeline(page, root) {
  const why = page.missing?.timeline;
  root.hidden = !why;
  replace(root, why ? [element("h2", { class: "label" }, "Over time"), element("p", { class: "quiet sentence" }, why)] : null);
  return { needs: () => [], update() {} };
}
