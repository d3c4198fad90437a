// The view Histograms: a map of stacks by the size and the lifetime of their blocks, in which some can be chosen, and how large all
// blocks were and how long they lived, as recorded.

import { element, replace } from "./dom.js";
import { createMap } from "./histograms_map.js";
import { averagesOf, brushWords } from "./histograms_brush.js";
import { createGrid, numeric } from "./table_grid.js";
import { plainSize } from "./table_names.js";

// createHistograms returns the view.
export function createHistograms(app) {
  const { amounts, model, page, state } = app;
  const map = createMap(app, choose);
  const grids = { size: createGrid({}), life: createGrid({}) };
  let root = null;
  let note = null;
  let chosen = null;
  let shown = null;

  function mount(place) {
    [root, shown] = [place, null];
    note = element("p", { class: "said quiet" });
    chosen = element("p", { class: "chosen said", role: "status" });
    const sizes = joinedClasses(page.sizes.size).map(c => ({ ...c, words: plainSize(amounts, c.max) }));
    const lives = lifeClasses();
    replace(root, element("h3", {}, "Stacks by the average size and lifetime of their blocks"), note, chosen, map.element,
      element("h3", {}, "All blocks of the whole run, as recorded"),
      element("div", { class: "histograms" }, histogram("size", sizes, "Size up to", page.missing?.histograms ?? "Sizes were not recorded."), histogram("life", lives, "Lifetime up to", "Lifetimes were not recorded.")));
    shown = { sizes };
  }

  // histogram returns the table of classes, with bars.
  function histogram(name, classes, title, why) {
    if (!classes.length) return element("p", { class: "said quiet sentence" }, why);
    const columns = [{ id: "name", title, kind: "name", text: row => row.words }];
    const rows = classes.map((c, i) => ({ ...c, key: String(i), kind: "row" }));
    const units = ["blocks", "bytes"].filter(unit => classes.some(c => c.sides.some(side => side[unit] > 0)));
    const total = { key: "total", kind: "total", words: "total", sides: page.sides.map((_, s) => Object.fromEntries(units.map(unit => [unit, classes.reduce((sum, c) => sum + c.sides[s][unit], 0)]))) };
    for (const unit of units) {
      page.sides.forEach((side, s) => {
        const whole = total.sides[s][unit] || 1;
        const heading = (unit === "bytes" ? "Bytes" : "Blocks") + (page.sides.length === 1 ? "" : s ? " after" : " before");
        const share = row => row.sides[s][unit] / whole;
        columns.push(numeric(unit + s, heading, 84, "", row => row.sides[s][unit], n => amounts.of({ unit }, n)), numeric(`share${unit}${s}`, "%", 66, "", share, part => amounts.percent(part, 1), share));
      });
    }
    grids[name].draw({ caption: title, columns: columns.map(column => ({ ...column, value: null })), rows: [...rows, total] });
    return element("div", { class: "histogram" }, grids[name].element);
  }

  // lifeClasses returns the classes of lifetimes, and as one more what was never freed.
  function lifeClasses() {
    const time = t => amounts.of({ unit: "time" }, t).replace(amounts.mark, "");
    const classes = joinedClasses(page.sizes.lifetime).map(c => ({ ...c, words: c.max === 0 ? `less than ${time(1)}` : c.max > app.after.endTime ? "the whole run" : time(c.max) }));
    const m = page.metrics.findIndex(one => one.name === "end-blocks");
    if (classes.length && m >= 0) classes.push({ words: "not freed", sides: page.sides.map(side => ({ blocks: side.exact?.[m] || side.totals[m], bytes: 0 })) });
    return classes;
  }

  function update(values) {
    const metric = model.metric(values);
    const averages = averagesOf(page);
    const isKnown = Boolean(averages) && !values.range;
    map.element.hidden = !isKnown;
    chosen.hidden = !values.brush;
    note.textContent = noteOf(values, metric, averages);
    if (!isKnown) return;
    const all = model.cut({ ...values, brush: null });
    map.draw(averages, all.values(metric.name), all.total(metric.name), metric, values.brush);
    if (!values.brush) return;
    const some = model.cut(values).total(metric.name);
    replace(chosen, `All views show only stacks whose blocks are, on average, ${brushWords(app, values.brush)}: ${amounts.of(metric, some)}, ${amounts.percent(some, all.total(metric.name))}. `,
      element("button", { type: "button", class: "control", onclick: () => choose(null) }, "Show all stacks"));
  }

  function noteOf(values, metric, averages) {
    if (!averages) return "How long the blocks of each stack lived was not recorded.";
    if (values.range) return "Lifetimes are of the whole run: they are not known of what was allocated in a range.";
    const pruned = page.records.rest.some(Boolean) ? " Small stacks that the page has only as sums stand where their average is." : "";
    return `Each stack stands where the average of its blocks is, up to the size above and the lifetime on the left, with its part of “${app.names.metric(metric)}”.${pruned}`;
  }

  function choose(brush) {
    state.set({ brush, range: null });
  }

  // drawn returns what is shown, for tests: the sizes of the only or the later profile.
  function drawn() {
    if (!shown?.sizes.length) return null;
    const parts = shown.sizes.map(c => c.sides[c.sides.length - 1].blocks);
    return { metric: "total-blocks", total: parts.reduce((a, b) => a + b, 0), parts };
  }

  return {
    name: "histograms", title: "Histograms", missing: averagesOf(page) && page.records.node.length ? "" : page.missing?.histograms, mount, update, drawn,
    key: event => map.key(event) || Object.values(grids).some(grid => grid.element.contains(document.activeElement) && grid.key(event)),
  };
}

// joinedClasses returns the classes of the sides of a page as one list, without empty ones at its ends: {max, sides: [{blocks, bytes}]}.
function joinedClasses(sides) {
  const byMax = new Map();
  sides.forEach((classes, side) => classes.max.forEach((max, i) => {
    if (!byMax.has(max)) byMax.set(max, { max, sides: sides.map(() => ({ blocks: 0, bytes: 0 })) });
    const one = byMax.get(max).sides[side];
    one.blocks += classes.blocks[i];
    one.bytes += classes.bytes?.[i] ?? 0;
  }));
  const all = [...byMax.values()].sort((a, b) => a.max - b.max);
  const isUsed = c => c.sides.some(side => side.blocks > 0);
  const first = all.findIndex(isUsed);
  return first < 0 ? [] : all.slice(first, all.findLastIndex(isUsed) + 1);
}
