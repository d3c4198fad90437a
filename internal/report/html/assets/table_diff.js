// The columns of a diff: before, after, and what changed. Of estimates a change is believed only if chance alone hardly makes
// one as large, as heapprof diff does.

import { headingOf, nameColumn, typeColumn, widthOf } from "./table_columns.js";
import { numeric } from "./table_grid.js";

// What is believed: more than three times the root of the variance, which chance alone is once in 400 times.
const believed = 3;

// diffColumns returns the columns of a diff, and how many of the first of them it cannot do without.
export function diffColumns(ask) {
  const { app, metric } = ask;
  const { amounts, page } = app;
  const [earlier, later] = page.sides;
  const most = ask.mostChange;
  const sideColumn = (id, title, side, read, isAbsent) => numeric(id, title, widthOf(ask, metric), `${app.names.metric(metric)}, in the ${side === earlier ? "earlier" : "later"} profile`, row => row[read](metric.name),
    (value, row) => (isAbsent(ask, row) ? "" : side.estimated ? amounts.of(metric, value) : amounts.of(metric, value).replace(amounts.mark, "")));
  const columns = [
    nameColumn(ask), sideColumn("before", "Before", earlier, "before", isNew), sideColumn("after", "After", later, "value", isGone),
    {
      id: "change", title: "Change", kind: "number is-change", width: 118, help: "After less before; sorted by its size", value: row => (inNoise(ask, row) ? 1e-30 : 1) * Math.abs(changeOf(row, metric)),
      cell: row => changeText(ask, row), bar: row => (inNoise(ask, row) ? 0 : changeOf(row, metric) / (most || 1)),
    },
    { id: "changed", title: "%", kind: "number", width: 70, help: "The change in percent of what was before", text: row => changePercent(ask, row) },
  ];
  const essential = columns.length;
  if (page.sides.some(side => side.estimated) && ask.grouped.variance(metric.name)) {
    columns.push({ id: "margin", title: "±", kind: "number", width: widthOf(ask, metric), help: "How far the change may be off, 19 times in 20", text: row => `±${amounts.of(metric, changeMargin(ask, row)).replace(amounts.mark, "")}` });
  }
  if (ask.by === "site" && page.types.name.length) {
    columns.push(typeColumn(ask));
  }
  for (const name of ["peak-bytes", "peak-blocks", "total-bytes", "total-blocks", "end-bytes"]) {
    const other = ask.cut.metrics.find(m => m.name === name);
    if (other && other !== metric) {
      columns.push(numeric("Δ " + name, `Δ ${headingOf(other)}`, widthOf(ask, other), `Change: ${app.names.metric(other)} (${name})`, row => Math.abs(changeOf(row, other)), (_, row) => amounts.signed(other, changeOf(row, other))));
    }
  }
  return { columns, essential };
}

// changeOf returns after less before.
export function changeOf(row, metric) {
  return row.value(metric.name) - row.before(metric.name);
}

const has = (ask, name) => ask.cut.metrics.some(m => m.name === name);

// isMissing reports whether a row has nothing on one side, read being that of the other.
function isMissing(ask, row, own, other) {
  const name = has(ask, "total-blocks") ? "total-blocks" : ask.metric.name;
  return (row.kind === "row" || row.kind === "part") && own(name) === 0 && other(name) > 0;
}

const isNew = (ask, row) => isMissing(ask, row, row.before, row.value);
const isGone = (ask, row) => isMissing(ask, row, row.value, row.before);

function changeText(ask, row) {
  const { metric, app } = ask;
  const change = changeOf(row, metric);
  const span = document.createElement("span");
  span.textContent = app.amounts.signed(metric, change);
  if (change && !inNoise(ask, row)) span.className = change > 0 ? "more" : "less";
  return span;
}

function changePercent(ask, row) {
  const { app, metric } = ask;
  if (inNoise(ask, row)) return "noise";
  const [before, change] = [row.before(metric.name), changeOf(row, metric)];
  if (isNew(ask, row)) return "new";
  if (isGone(ask, row)) return "gone";
  if (change === 0) return app.amounts.percent(0, 1);
  if (before === 0) return "from 0";
  const text = Math.abs(change) >= 10 * before ? `${app.amounts.count(100 * Math.abs(change) / before)}%` : app.amounts.percent(Math.abs(change), before);
  return (change > 0 ? "+" : "−") + text;
}

// changeMargin returns how far the change of a row may be off, in 19 cases of 20; 0 where both sides are exact or it is not known.
function changeMargin(ask, row) {
  return ask.grouped.variance(ask.metric.name) ? Math.hypot(sideMargin(ask, row, 0), sideMargin(ask, row, 1)) : 0;
}

// sideMargin returns how far one side may be off, as view.Diff.ChangeMargin does. What the other side has tells more than few
// samples do: of what has none there may be as much as is easily missed, and where the other side is exact, or
// sampled more densely, it is asked how far an estimate of just as much would be off.
function sideMargin(ask, row, side) {
  const { app, metric } = ask;
  const { sides } = app.page;
  const [mean, otherMean] = [sides[side].meanBytes, sides[1 - side].meanBytes];
  if (!sides[side].estimated) return 0;
  const [own, other] = side === 0 ? [row.before, row.value] : [row.value, row.before];
  const isBytes = metric.unit === "bytes";
  const blocks = metric.name.replace("-bytes", "-blocks");
  const size = other(metric.name.replace("-blocks", "-bytes")) / Math.max(1, other(blocks)); // of a block, on average
  let margin = 2 * Math.sqrt(row.variance(metric.name, side) || 0);
  if (own(metric.name) === 0 && other(metric.name) > 0) margin = 3 * mean / (isBytes ? 1 : Math.max(1, size));
  if (otherMean < mean) {
    const weight = -1 / Math.expm1(-Math.max(Math.floor(size), 1) / mean);
    margin = Math.max(margin, 2 * (isBytes ? size : 1) * Math.sqrt(other(blocks) * (weight - 1)));
  }
  return margin;
}

// inNoise reports whether a change is so small, for what it is estimated from, that there may be none.
export function inNoise(ask, row) {
  const margin = changeMargin(ask, row);
  return margin > 0 && Math.abs(changeOf(row, ask.metric)) <= believed / 2 * margin;
}
