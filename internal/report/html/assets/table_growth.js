// What grew: how live bytes rose over the run, and blocks that grew step by step, as heapprof report --growth has it.

import { groupKey } from "./groups.js";
import { courseColumn, nameColumn, typeColumn } from "./table_columns.js";
import { numeric } from "./table_grid.js";
import { plainSize } from "./table_names.js";
import { coursesOf } from "./sparkline.js";

// A row that rose by less than this part of what was live is not put first for it.
const worthRise = 0.001;

// A run's first part may be spent on starting.
const warmUp = 0.2;

// growthOf returns what is known of how rows grew: span (null where the run had too few moments) with the indices of two points
// of courses, and functions of a row: risen, copied, words.
export function growthOf(ask) {
  const { app, values } = ask;
  const { page } = app;
  const span = spanOf(ask);
  // How blocks grew is known of sites, and not by stack: of a part of the stacks it is not told.
  const known = page.growth && !ask.cut.matching && !values.range ? page.growth : null;
  const byKey = new Map();
  for (let i = 0; i < (known?.place.length ?? 0); i++) {
    const key = groupKey(app, ask.by, known.place[i], known.type[i]);
    byKey.set(key, plus(byKey.get(key), { steps: known.steps[i], first: known.first[i], last: known.last[i], chains: known.chains[i], copied: known.copied[i] }));
  }
  const all = [...byKey.values()].reduce(plus, undefined);
  const grown = row => (row.kind === "total" ? all : row.rows ? row.rows.map(grown).reduce((a, b) => (b ? plus(a, b) : a), undefined) : row.group ? byKey.get(row.group.key) : undefined);
  const risenOf = course => (course ? course[span.to] - (span.from < 0 ? 0 : course[span.from]) : 0);

  function risen(row) {
    if (!span) return 0;
    if (row.kind === "total") return risenOf(ask.wholeCourses.total);
    if (row.kind === "filtered") return risenOf(ask.wholeCourses.total) - risenOf(ask.courses.total);
    if (row.rows) return row.rows.reduce((sum, one) => sum + risen(one), 0);
    return row.group ? risenOf(ask.courses.of(row.group)) : 0;
  }
  const most = span ? ask.wholeCourses.total[span.to] : 0;
  return {
    span, risen, hasCopied: Boolean(known), copied: row => grown(row)?.copied ?? 0,
    words: row => (row.kind === "total" || row.rows ? "" : grownWords(app, grown(row))),
    grew: row => (grown(row)?.chains ?? 0) > 0,
    // First what rose, by how much, then that of which most was copied.
    rank(row) {
      const rose = risen(row);
      if (rose > 0 && rose >= worthRise * most) return 1 + rose;
      const copied = grown(row)?.copied ?? 0;
      return copied > 0 ? copied / (all.copied + 1) : rose / 1e18;
    },
  };
}

function plus(a, b) {
  if (!a) return b;
  const longest = b.steps > a.steps ? b : a;
  return { steps: longest.steps, first: longest.first, last: longest.last, chains: a.chains + b.chains, copied: a.copied + b.copied };
}

// spanOf returns from when to when is looked: of a range its ends, else from when a fifth of the run was over to when most was
// live after that.
function spanOf(ask) {
  const { app, values } = ask;
  if (!ask.courses) return null;
  const { time } = app.page.windows;
  if (values.range) return { from: values.range[0], to: values.range[1] };
  const live = ask.wholeCourses.total;
  const from = time.findIndex(t => t >= warmUp * app.after.endTime);
  if (from < 0) return null;
  let to = from;
  for (let m = from + 1; m < time.length; m++) if (live[m] > live[to] || to === from) to = m;
  return to === from ? null : { from, to };
}

// wholeCourses returns those of all records, whatever is chosen.
export function wholeCourses(app, values, by) {
  return coursesOf(app, { ...values, filter: "", brush: null }, by);
}

function grownWords(app, g) {
  if (!g?.chains) return "";
  const { amounts, page } = app;
  const size = n => plainSize(amounts, n);
  const one = `in ${g.steps === 1 ? "1 step" : `${g.steps} steps`} from ${size(g.first)} to ${size(g.last)}`;
  return g.chains === 1 && !amounts.mark ? `grew ${one}` : `${amounts.count(g.chains)} ${page.units.blocks} grew, one ${one}`;
}

// growthColumns returns the columns on how rows grew.
export function growthColumns(ask) {
  const { app, growth } = ask;
  const { amounts } = app;
  const bytes = { unit: "bytes", name: "live-bytes" };
  const columns = [nameColumn(ask)];
  if (growth.span) {
    const most = ask.rowsOfGroups.reduce((max, row) => Math.max(max, Math.abs(growth.risen(row))), 0) || 1;
    columns.push(numeric("risen", "Risen", 112, "How many more bytes were live at the end of that part of the run than at its beginning", growth.rank, (_, row) => (row.kind === "part" ? "" : amounts.signed(bytes, growth.risen(row))), row => (row.kind === "row" ? growth.risen(row) / most : 0)), courseColumn(ask, 150));
  }
  if (growth.hasCopied) columns.push(numeric("copied", "Copied", 84, "Bytes that moved as blocks grew (copied-bytes)", growth.copied, n => (n ? amounts.size(n) : "")));
  if (ask.by === "site" && app.page.types.name.length) columns.push(typeColumn(ask));
  return { columns, essential: columns.length };
}

// growthFact says over which part of the run bytes rose.
export function growthFact(ask) {
  const { app, growth } = ask;
  const { amounts } = app;
  if (!growth.span) return ask.app.page.windows ? "The run was too short to tell how live bytes rose over it." : "How live bytes rose over the run was not recorded.";
  const { from, to } = growth.span;
  const { total, times } = { total: ask.wholeCourses.total, times: ask.courses.times };
  const at = i => (i < 0 ? `${amounts.size(0)} at the start` : `${amounts.size(total[i])} at ${amounts.time(times[i])}`);
  const copied = app.page.growth && !growth.hasCopied ? " How blocks grew is only known of whole sites and the whole run, and is left out." : "";
  return `Live bytes rose from ${at(from)} to ${at(to)}.${copied}`;
}
