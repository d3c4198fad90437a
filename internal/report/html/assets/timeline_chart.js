// The picture of the heap over time: what was live, what was resident, how many blocks.

import { drawing } from "./dom.js";
import { bytesInWords } from "./amounts.js";

// margins around the plot, in pixels: above it stand the names of marks, below it times.
export const margins = { top: 15, right: 8, bottom: 17, left: 60 };

// stepOf returns a round step that divides an extent into at most so many parts.
export function stepOf(extent, parts, base = 10) {
  const least = extent / parts;
  if (!(least > 0)) return 1;
  const unit = base === 10 ? 10 ** Math.floor(Math.log10(least)) : 1024 ** Math.max(0, Math.floor(Math.log2(least) / 10));
  const steps = base === 10 ? [1, 2, 5, 10] : [1, 2, 5, 10, 20, 50, 100, 200, 256, 512, 1024];
  return unit * steps.find(s => s * unit >= least);
}

// scalesOf returns how times and amounts become pixels.
export function scalesOf(width, height, endTime, most) {
  const right = Math.max(margins.left + 10, width - margins.right);
  const [low, high] = [height - margins.bottom, margins.top];
  return {
    right, low, high,
    x: time => margins.left + (endTime ? time / endTime : 0) * (right - margins.left),
    time: x => Math.min(1, Math.max(0, (x - margins.left) / (right - margins.left))) * endTime,
    y: amount => low - (most ? amount / most : 0) * (low - high),
  };
}

const toTenth = v => Math.round(v * 10) / 10;

// lineThrough returns the path of a curve. Between two moments it is straight, since what was between is not known.
function lineThrough(times, amounts, x, y) {
  let path = "";
  for (let i = 0; i < times.length; i++) path += `${i ? "L" : "M"}${toTenth(x(times[i]))} ${toTenth(y(amounts[i]))}`;
  return path;
}

// drawCurve draws one: its line, and the area below it if it is to be filled.
function drawCurve(kind, times, amounts, scales, filled) {
  if (times.length < 2) return { area: null, line: null };
  const line = lineThrough(times, amounts, scales.x, scales.y);
  const area = filled ? drawing("path", { class: `area ${kind}`, d: `${line}L${toTenth(scales.x(times.at(-1)))} ${scales.low}L${toTenth(scales.x(times[0]))} ${scales.low}Z` }) : null;
  return { area, line: drawing("path", { class: `curve ${kind}`, d: line }) };
}

function drawAxes(app, scales, most, endTime) {
  const { amounts, page } = app;
  const parts = [];
  const isBytes = page.units.one === "byte";
  const step = stepOf(most, 4, isBytes ? 1024 : 10);
  for (let v = 0; v <= most && most > 0; v += step) {
    const y = scales.y(v);
    parts.push(drawing("line", { class: v ? "grid" : "axis", x1: margins.left, x2: scales.right, y1: y, y2: y }));
    const words = isBytes ? bytesInWords(v).replace(/\.0+(?= )/, "") : amounts.count(v);
    parts.push(drawing("text", { class: "tick", x: margins.left - 6, y: y + 4, "text-anchor": "end" }, v ? words : "0"));
  }
  const wide = Math.max(2, Math.floor((scales.right - margins.left) / 90));
  const every = stepOf(endTime, wide);
  for (let t = 0; endTime && t <= endTime * 1.0001; t += every) {
    const x = scales.x(t);
    const anchor = t === 0 ? "start" : x > scales.right - 24 ? "end" : "middle";
    parts.push(drawing("line", { class: "notch", x1: x, x2: x, y1: scales.low, y2: scales.low + 3 }));
    parts.push(drawing("text", { class: "tick", x, y: scales.low + 13, "text-anchor": anchor }, t ? amounts.time(t).replace(/\.(\d*?)0+(?=\D)/, (_, d) => (d ? `.${d}` : "")) : "0"));
  }
  return parts;
}

// mostOf returns the largest of lists of numbers.
function mostOf(...lists) {
  let most = 0;
  for (const list of lists) for (const v of list) if (v > most) most = v;
  return most;
}

// seriesOf returns the curves that a page has: what they are called, and whether they are of bytes.
export function seriesOf(page, after) {
  const { timeline } = after;
  if (page.sides.length === 2) {
    return [
      { kind: "before", title: "live before", times: page.sides[0].timeline.time, amounts: page.sides[0].timeline.bytes },
      { kind: "live", title: "live after", times: timeline.time, amounts: timeline.bytes, filled: true },
    ].filter(s => s.times.length);
  }
  const all = [{ kind: "live", title: "live", times: timeline.time, amounts: timeline.bytes, filled: true }];
  if (mostOf(timeline.rss ?? []) > 0) {
    const known = timeline.rss.map((v, i) => [timeline.time[i], v]).filter(([, v]) => v > 0);
    all.push({ kind: "resident", title: "resident", times: known.map(k => k[0]), amounts: known.map(k => k[1]) });
  }
  if (mostOf(timeline.blocks) > 0) all.push({ kind: "blocks", title: page.units.blocks, times: timeline.time, amounts: timeline.blocks, own: true });
  return all;
}

// drawChart draws series, those that are shown, and returns the picture with its scales.
export function drawChart(app, series, hidden, width, height) {
  const shown = series.filter(s => !hidden.has(s.kind));
  const endTime = mostOf(app.page.sides.map(s => s.endTime), ...series.map(s => s.times.slice(-1)));
  const most = mostOf(...shown.filter(s => !s.own).map(s => s.amounts));
  const scales = scalesOf(width, height, endTime, most);
  const picture = drawing("svg", { class: "chart", width, height, viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" }, drawAxes(app, scales, most, endTime));
  const curves = shown.map(s => drawCurve(s.kind, s.times, s.amounts, s.own ? scalesOf(width, height, endTime, mostOf(s.amounts)) : scales, s.filled));
  // An area would hide a line that is lower: of a diff that of what was before.
  picture.append(...[...curves.map(c => c.area), ...curves.map(c => c.line)].filter(Boolean));
  picture.append(...drawNotches(app.page, scales));
  return { picture, scales, endTime };
}

// drawNotches shows the moments to which a range snaps.
function drawNotches(page, scales) {
  return (page.windows?.time ?? []).map(t => drawing("line", { class: "moment", x1: scales.x(t), x2: scales.x(t), y1: scales.low - 4, y2: scales.low }));
}

// indexAt returns which of ascending times is the last one that is not after a time; 0 if all are.
export function indexAt(times, time) {
  let [low, high] = [0, times.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (times[middle] <= time) low = middle;
    else high = middle - 1;
  }
  return low;
}
