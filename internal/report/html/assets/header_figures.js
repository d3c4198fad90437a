// The amounts at the top of the page: at the peak, resident, at exit, in all. Each chooses the metric that it is of.

import { element } from "./dom.js";
import { percentage } from "./amounts.js";
import { sum } from "./model.js";

// figuresOf returns the figures that are known of a page.
export function figuresOf(app, values) {
  const figures = [
    metricFigure(app, values, "peak", "Peak", peakWhen(app)),
    residentFigure(app),
    metricFigure(app, values, "end", "Live at exit"),
    metricFigure(app, values, "total", "Allocated"),
    metricFigure(app, values, "lost", "Lost"),
    temporaryFigure(app, values),
  ];
  return figures.filter(Boolean);
}

function peakWhen({ page, after, amounts }) {
  return after.hasPeak && page.sides.length === 1 && after.endTime ? `at ${amounts.time(after.peakTime)}` : "";
}

// totalOf returns what a side has of a metric: counted, where it was counted, else as it was estimated.
function totalOf(app, side, index) {
  const { totals, exact, estimated } = app.page.sides[side];
  if (exact?.[index]) return { value: exact[index], estimated: false, margin: "" };
  const variance = app.page.records.variance?.[side * app.page.metrics.length + index];
  return { value: totals[index], estimated, margin: estimated && variance?.length ? app.amounts.margin(totals[index], sum(variance)) : "" };
}

// written writes a total, whether or not others of the page are estimates.
function written(app, metric, total) {
  const words = app.amounts.of(metric, total.value);
  return total.estimated ? words : words.replace(app.amounts.mark, "");
}

function choosingFigure(app, values, metric, label, ...content) {
  const choose = () => app.state.set({ metric: metric.name, range: null });
  const shown = !values.range && app.model.metric(values).name === metric.name;
  return element("button", { type: "button", class: "figure", "aria-pressed": String(shown), onclick: choose, title: `Show all by ${app.names.metric(metric)}` },
    element("span", { class: "label" }, metric.title ?? label), ...content);
}

function metricFigure(app, values, kind, label, when = "") {
  const { page, amounts } = app;
  const at = page.metrics.findIndex(m => m.name === `${kind}-bytes`);
  const blocksAt = page.metrics.findIndex(m => m.name === `${kind}-blocks`);
  if (at < 0) return null;
  const metric = page.metrics[at];
  const sides = page.sides.map((_, side) => totalOf(app, side, at));
  if (sides.length === 2) return changeFigure(app, values, metric, label, sides);
  const [total] = sides;
  const blocks = blocksAt < 0 ? null : totalOf(app, 0, blocksAt);
  const inBlocks = blocks && `${blocks.estimated ? amounts.blocks(blocks.value) : amounts.blocks(blocks.value).replace(amounts.mark, "")} ${blocks.margin}`.trim();
  return choosingFigure(app, values, metric, label,
    element("b", { title: amounts.exact(metric, total.value) }, written(app, metric, total)), " ",
    element("small", {}, [total.margin, [inBlocks, when].filter(Boolean).join(", ")].filter(Boolean).join(" ")));
}

function changeFigure(app, values, metric, label, [before, after]) {
  const change = after.value - before.value;
  const share = before.value ? ` (${change < 0 ? "−" : "+"}${percentage(100 * Math.abs(change) / before.value)})` : "";
  return choosingFigure(app, values, metric, label,
    element("small", {}, `${written(app, metric, before)} ${before.margin} → `.replace("  ", " ")),
    element("b", { title: app.amounts.exact(metric, after.value) }, written(app, metric, after)), " ",
    element("small", {}, after.margin), " ",
    element("span", { class: `change ${change > 0 ? "more" : change < 0 ? "less" : ""}` }, change ? app.amounts.signed(metric, change) + share : "no change"));
}

// residentFigure is what was seen in RAM at most.
function residentFigure(app) {
  const { page, amounts } = app;
  if (page.sides.length === 2) return null;
  const size = n => amounts.size(n).replace(amounts.mark, "");
  const resident = page.resident?.anonymousPeak;
  const seen = Math.max(0, ...(app.after.timeline.rss ?? []));
  if (!resident && !seen) return null;
  const content = [element("span", { class: "label" }, "Resident"), element("b", { title: `${resident || seen} bytes` }, size(seen || resident)), " ",
    element("small", {}, seen ? "at most" : "at most, anonymous")];
  if (!page.resident) return element("div", { class: "figure" }, content);
  const choose = () => app.state.set({ view: "table", preset: "resident", range: null });
  return element("button", { type: "button", class: "figure", title: "Why more is resident than live", onclick: choose }, content);
}

function temporaryFigure(app, values) {
  const { page, amounts } = app;
  const [at, of] = ["temporary-blocks", "total-blocks"].map(name => page.metrics.findIndex(m => m.name === name));
  if (at < 0 || of < 0) return null;
  // Of blocks that count once however often they were resized, as in a report.
  const share = (side, s) => {
    const blocks = side.totals[of] - sum(page.records.resized?.[s] ?? []);
    return blocks ? (side.estimated ? amounts.mark : "") + percentage(100 * side.totals[at] / blocks) : "0.0%";
  };
  const metric = page.metrics[at];
  return choosingFigure(app, values, metric, "Temporary",
    element("b", { title: amounts.exact(metric, app.after.totals[at]) }, page.sides.map(share).join(" → ")), " ", element("small", {}, "of blocks"));
}
