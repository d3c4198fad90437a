// The numbers of what is selected: of all metrics, as shares of the whole, with what changed in a diff.

import { element } from "./dom.js";
import { percentage } from "./amounts.js";
import { columnOf } from "./groups.js";
import { restInWords, sumOfRest } from "./model.js";

// sumWhere adds up a column where a mask is set; of all where there is none.
export function sumWhere(column, mask) {
  let all = 0;
  for (let i = 0; i < column.length; i++) if (!mask || mask[i]) all += column[i];
  return all;
}

// ownRecords tells which records are of a function itself: it is their site.
function ownRecords(page, { cut, mask, subject, function: f }) {
  if (subject?.kind !== "function" && subject?.kind !== "node") return null;
  const own = new Uint8Array(mask.length);
  for (let i = 0; i < own.length; i++) {
    const place = cut.list.place[i];
    own[i] = mask[i] && place >= 0 && page.places.function[place] === f ? 1 : 0;
  }
  return own;
}

const rowWords = { peak: "at the peak", end: "at exit", total: "allocated", lost: "lost", live: "live" };

// numbersPart is the table.
export function numbersPart(app, values, of) {
  const { model } = app;
  const whole = model.cut({ ...values, filter: "", brush: null });
  const own = ownRecords(app.page, of);
  const table = model.isDiff ? changeTable(app, values, of) : amountTable(app, values, of, whole, own);
  return element("section", { class: "part" }, table, averages(app, of), missedHere(app, values, of));
}

// missedHere says how much more a function may have, where the page does not have all frames of all stacks.
function missedHere(app, values, { cut, mask, subject }) {
  if (subject?.kind !== "function") return null;
  const metric = app.model.metric(values);
  return element("p", { class: "quiet" }, restInWords(app.amounts, metric, sumOfRest(cut.list, cut.values(metric.name), mask)));
}

function amountTable(app, values, of, whole, own) {
  const { amounts, model } = app;
  const { cut, mask } = of;
  const chosen = model.metric(values).name;
  const has = name => cut.metrics.some(m => m.name === name);
  const kinds = Object.keys(rowWords).filter(kind => has(`${kind}-bytes`) || has(`${kind}-blocks`));
  const cell = (name, column, write, rest = {}) => element("td", { class: name === chosen ? "chosen" : "", ...rest }, column === null ? "" : write(column));
  const sumOfMetric = (name, where) => (has(name) ? sumWhere(cut.values(name), where) : null);
  const row = kind => {
    const [bytes, blocks] = [`${kind}-bytes`, `${kind}-blocks`];
    const [size, count] = [sumOfMetric(bytes, mask), sumOfMetric(blocks, mask)];
    const atLeast = kind === "live" && cut.atLeast ? "≥ " : "";
    const metric = { name: bytes, unit: "bytes" };
    return element("tr", {},
      element("th", { scope: "row" }, chooser(app, cut, has(bytes) ? bytes : blocks, cut.metrics.find(m => m.name === bytes)?.title ?? rowWords[kind], values)),
      cell(bytes, size, v => [atLeast + amounts.size(v), marginOf(app, of, bytes, v)], { title: size === null ? "" : amounts.exact(metric, size) }),
      element("td", { class: "quiet" }, size === null ? "" : amounts.percent(size, whole.total(bytes))),
      own ? element("td", {}, size === null ? "" : amounts.size(sumOfMetric(bytes, own))) : null,
      cell(blocks, count, v => atLeast + amounts.count(v), { title: count === null ? "" : `${amounts.blocks(count)}, ${amounts.percent(count, whole.total(blocks))}` }));
  };
  return element("table", { class: "numbers" },
    element("thead", {}, element("tr", {}, element("td"), element("th", { scope: "col" }, app.page.units.many), element("th", { scope: "col" }, "%"), own ? element("th", { scope: "col", title: "what the function itself is the site of" }, "own") : null, element("th", { scope: "col" }, app.page.units.blocks))),
    element("tbody", {}, kinds.map(row)));
}

// chooser shows all by a metric.
function chooser(app, cut, name, words, values) {
  const shown = app.model.metric(values).name === name;
  return element("button", { type: "button", class: "link plain", "aria-pressed": String(shown), title: `Show all by ${app.names.metric({ name }, Boolean(values.range))}`, onclick: () => app.state.set({ metric: name }) }, words);
}

// marginOf writes how far an estimate may be off.
function marginOf(app, { cut, mask }, name, value) {
  const { page } = app;
  const column = page.records.variance?.[(page.sides.length - 1) * page.metrics.length + page.metrics.findIndex(m => m.name === name)];
  if (!column?.length || cut.metrics !== page.metrics) return null;
  const matching = cut.matching ? column.map((v, i) => (cut.matching[i] ? v : 0)) : column;
  const words = app.amounts.margin(value, sumWhere(matching, mask));
  return words ? element("small", {}, ` ${words}`) : null;
}

// changeWords names a metric below the one of bytes that it goes with.
function changeWords(name) {
  const [kind, unit] = name.split("-");
  return unit === "blocks" && rowWords[kind] ? `${rowWords[kind]}, blocks` : rowWords[kind] ?? kind;
}

function changeTable(app, values, { cut, mask }) {
  const { amounts, model } = app;
  const chosen = model.metric(values).name;
  const row = m => {
    const [before, after] = [sumWhere(cut.before(m.name), mask), sumWhere(cut.values(m.name), mask)];
    const change = after - before;
    const share = before ? `${change < 0 ? "−" : "+"}${percentage(100 * Math.abs(change) / before)}` : after ? "new" : "";
    return element("tr", {},
      element("th", { scope: "row" }, chooser(app, cut, m.name, m.title ?? changeWords(m.name), values)),
      element("td", { title: amounts.exact(m, before) }, amounts.of(m, before)), element("td", { title: amounts.exact(m, after), class: m.name === chosen ? "chosen" : "" }, amounts.of(m, after)),
      element("td", { class: change > 0 ? "more" : change < 0 ? "less" : "quiet", title: share }, amounts.signed(m, change)));
  };
  return element("table", { class: "numbers changes" },
    element("thead", {}, element("tr", {}, element("td"), ["before", "after", "change"].map(words => element("th", { scope: "col" }, words)))),
    element("tbody", {}, cut.metrics.filter(m => m.unit !== "time").map(row)));
}

// averages says how large blocks are, how long they live, and how many are temporary.
function averages(app, { cut, mask }) {
  const { amounts, page } = app;
  const has = name => cut.metrics.some(m => m.name === name);
  if (!has("total-blocks")) return null;
  const of = name => sumWhere(cut.values(name), mask);
  const blocks = of("total-blocks");
  if (!blocks) return null;
  const words = [
    has("total-bytes") && `${amounts.size(of("total-bytes") / blocks)} on average`,
    has("lifetime") && `${amounts.mark}${amounts.time(of("lifetime") / blocks)} of life on average`,
    has("temporary-blocks") && `${amounts.percent(of("temporary-blocks"), sumWhere(columnOf(app, cut, "distinct-blocks"), mask))} temporary`,
  ].filter(Boolean);
  return words.length ? element("p", { class: "quiet averages" }, `${page.units.blocks}: ${words.join(", ")}`) : null;
}

// growthPart says how blocks of a site grew.
export function growthPart(app, subject) {
  const { page, amounts } = app;
  const { growth } = page;
  if (!growth || subject?.kind !== "place") return null;
  const f = page.places.function[subject.id];
  const rows = growth.place.map((p, i) => i).filter(i => growth.place[i] >= 0 && page.places.function[growth.place[i]] === f && growth.type[i] === (subject.type ?? -1));
  if (!rows.length) return null;
  const size = n => amounts.size(n).replace(amounts.mark, "");
  return element("section", { class: "part" }, element("h3", {}, "Growth"), element("ul", { class: "points" }, rows.map(i => element("li", {},
    `${amounts.count(growth.chains[i])} grew, one in ${growth.steps[i]} steps from ${size(growth.first[i])} to ${size(growth.last[i])}; ${size(growth.copied[i])} were copied`))));
}
