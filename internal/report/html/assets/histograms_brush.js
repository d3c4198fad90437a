// Stacks by the average size and the average lifetime of their blocks, and the choice of some by a rectangle in these.
//
// A brush is [least size, most size, least lifetime, most lifetime]: least counts, most does not, unless it is Infinity. Blocks
// of which none was freed have the lifetime Infinity: they are a lane of their own.

import { plainSize } from "./table_names.js";

const averagesOfPages = new WeakMap();

// averagesOf returns of each record how large its blocks are on average and how long they live; null where that was not
// recorded. Of a diff it is of both sides together.
export function averagesOf(page) {
  if (!averagesOfPages.has(page.records)) averagesOfPages.set(page.records, computeAverages(page));
  return averagesOfPages.get(page.records);
}

function computeAverages(page) {
  const column = name => {
    const m = page.metrics.findIndex(metric => metric.name === name);
    return m < 0 ? null : page.sides.map((_, side) => page.records.values[side * page.metrics.length + m]);
  };
  const [bytes, blocks, lives, ends] = ["total-bytes", "total-blocks", "lifetime", "end-blocks"].map(column);
  if (!bytes || !blocks || !lives) return null;
  const resized = page.records.resized?.filter(one => one.length) ?? [];
  const both = (columns, i) => columns.reduce((all, one) => all + one[i], 0);
  const count = page.records.node.length;
  const averages = { size: new Float64Array(count), life: new Float64Array(count) };
  for (let i = 0; i < count; i++) {
    const all = both(blocks, i);
    if (!all) continue;
    averages.size[i] = both(bytes, i) / all;
    averages.life[i] = ends && both(ends, i) >= all - both(resized, i) ? Infinity : both(lives, i) / all;
  }
  return averages;
}

// brushedRecords tells of each record whether it is within a brush: 1, or 0.
export function brushedRecords(page, [leastSize, mostSize, leastLife, mostLife]) {
  const averages = averagesOf(page);
  const mask = new Uint8Array(page.records.node.length);
  const below = (value, most) => value < most || most === Infinity;
  for (let i = 0; averages && i < mask.length; i++) {
    const [size, life] = [averages.size[i], averages.life[i]];
    mask[i] = size >= leastSize && below(size, mostSize) && life >= leastLife && below(life, mostLife) ? 1 : 0;
  }
  return mask;
}

// brushWords says which stacks a brush is of: "64 B to 1.00 KiB, freed after 1.00 ms to 10.0 ms".
export function brushWords({ amounts }, [leastSize, mostSize, leastLife, mostLife]) {
  const between = (least, most, write, unlimited) => (most === Infinity ? `${write(least)} ${unlimited}` : `${write(least)} to ${write(most)}`);
  const life = leastLife === Infinity ? "not freed" : `freed after ${between(leastLife, mostLife, amounts.time, "or never")}`;
  return `${between(leastSize, mostSize, n => plainSize(amounts, n), "and more")}, ${life}`;
}

// edgesOf returns where the columns and the rows of the map begin and end: powers of two of bytes, and 1, 3, 10, 30 and so on
// of time, as far as records with any of the values go.
export function edgesOf(averages, values) {
  const used = { sizes: [Infinity, 0], lives: [Infinity, 0] };
  const widen = (range, value) => {
    range[0] = Math.min(range[0], value);
    range[1] = Math.max(range[1], value);
  };
  let never = false;
  for (let i = 0; i < values.length; i++) {
    if (!values[i]) continue;
    widen(used.sizes, averages.size[i]);
    if (averages.life[i] === Infinity) never = true;
    else widen(used.lives, averages.life[i]);
  }
  return { sizes: within(used.sizes, at => 2 ** at), lives: within(used.lives, at => (at % 2 ? 3 : 1) * 10 ** Math.floor(at / 2)), never };
}

// within returns the edges around a range of values: 0 and then those of a growing function.
function within([least, most], edge) {
  if (least > most) return [];
  const edges = [0];
  for (let at = 0; edges[edges.length - 1] <= most; at++) {
    if (edge(at) <= least) edges[0] = edge(at);
    else edges.push(edge(at));
  }
  return edges;
}

// binOf returns in which bin a value is: of edges [a, b, c] 0 for a up to b.
export function binOf(edges, value) {
  let bin = 0;
  while (bin < edges.length - 2 && value >= edges[bin + 1]) bin++;
  return bin;
}

// binsOf returns the bins of the map that have any: {x, y, amount, stacks}, where y is the number of rows in the lane of what is
// never freed.
export function binsOf(averages, edges, values) {
  const bins = new Map();
  const lane = Math.max(0, edges.lives.length - 1);
  for (let i = 0; i < values.length; i++) {
    if (!values[i]) continue;
    const [x, y] = [binOf(edges.sizes, averages.size[i]), averages.life[i] === Infinity ? lane : binOf(edges.lives, averages.life[i])];
    const key = `${x} ${y}`;
    if (!bins.has(key)) bins.set(key, { key, x, y, amount: 0, stacks: 0 });
    const bin = bins.get(key);
    bin.amount += values[i];
    bin.stacks++;
  }
  return [...bins.values()];
}

// brushOf returns the brush of a rectangle of bins: {x0, x1, y0, y1}, all of which count.
export function brushOf(edges, { x0, x1, y0, y1 }) {
  const lane = Math.max(0, edges.lives.length - 1);
  return [edges.sizes[x0], edges.sizes[x1 + 1], y0 >= lane ? Infinity : edges.lives[y0], y1 >= lane ? Infinity : edges.lives[y1 + 1]];
}

// rectangleOf returns the bins that a brush has a part of; null where it has none.
export function rectangleOf(edges, [leastSize, mostSize, leastLife, mostLife]) {
  const lane = Math.max(0, edges.lives.length - 1);
  const columns = edges.sizes.slice(0, -1).map((from, x) => (from < mostSize && edges.sizes[x + 1] > leastSize ? x : -1)).filter(x => x >= 0);
  const rows = edges.lives.slice(0, -1).map((from, y) => (from < mostLife && edges.lives[y + 1] > leastLife ? y : -1)).filter(y => y >= 0);
  if (edges.never && mostLife === Infinity) rows.push(lane);
  return columns.length && rows.length ? { x0: columns[0], x1: columns[columns.length - 1], y0: rows[0], y1: rows[rows.length - 1] } : null;
}
