// The rows of the table: groups of records, what is folded into one row, and the total. All rows that are shown add up to it.

import { groupRecords, isSelected, linesOf, sourceLine, sumOf, columnOf } from "./groups.js";

// Site rows with less than this part of the total do not show source lines unless they are opened, as in heapprof report.
const worthSource = 0.01;

// Shares of the total below this are behind "more" at first.
const worthRow = 0.001;

// groupRows returns a row for each group. Of a range those have none that it has nothing of.
export function groupRows(ask) {
  const { app, grouped } = ask;
  const isOfRange = ask.values.range && ask.preset !== "growth";
  const hasNothing = group => group.isEmpty || (isOfRange && ask.cut.metrics.every(metric => grouped.sums(metric.name)[group.index] === 0));
  return grouped.groups.filter(group => !hasNothing(group)).map(group => ({
    key: `g ${group.key}`, kind: "row", group, name: group.name, where: group.where, title: group.title, type: group.type,
    typeName: group.by === "site" ? app.names.type(group.type) : "", selection: group.selection,
    value: name => grouped.sums(name)[group.index],
    before: name => grouped.before(name)?.[group.index] ?? 0,
    variance: (name, side) => grouped.variance(name, side)?.[group.index] ?? NaN,
    course: ask.courses ? () => ask.courses.of(group) : undefined,
  }));
}

// sumRow returns a row that stands for several.
export function sumRow(key, kind, name, rows, more) {
  const sum = value => rows.reduce((all, row) => all + value(row), 0);
  return {
    key, kind, name, rows, type: -1,
    value: metric => sum(row => row.value(metric)), before: metric => sum(row => row.before(metric)), variance: (metric, side) => sum(row => row.variance(metric, side)),
    ...more,
  };
}

// totalRow returns the last row: all that the profile has, or of a range what was born in it.
export function totalRow(ask) {
  const { app, whole } = ask;
  const one = groupRecords(app, whole, "module"); // the fewest groups
  const sum = column => (column ? column.reduce((a, b) => a + b, 0) : NaN);
  return {
    key: "total", kind: "total", name: "total", type: -1,
    value: name => sum(one.sums(name)), before: name => sum(one.before(name)), variance: (name, side) => sum(one.variance(name, side)),
    course: ask.courses && !ask.values.filter ? () => ask.courses.total : undefined,
  };
}

// filteredRow returns the row of what is not chosen; null where all is.
export function filteredRow(ask, rows, total) {
  if (!ask.cut.matching) return null;
  const chosen = sumRow("", "", "", rows);
  const rest = read => (name, side) => read(total)(name, side) - read(chosen)(name, side);
  return {
    key: "filtered", kind: "filtered", name: "(what is not chosen)", type: -1, title: "What the filter, or the choice of sizes and lifetimes, leaves out",
    value: rest(row => row.value), before: rest(row => row.before), variance: rest(row => row.variance),
  };
}

// partsOf returns the rows below a group's: the lines of a site or a function, the sites of all else.
export function partsOf(ask, row) {
  const { app, cut, grouped } = ask;
  if (row.group.by === "site" || row.group.by === "function") return linesOf(app, grouped, row.group.index).map(line => lineRow(ask, row, line));
  const bySite = groupRecords(app, cut, "site");
  const parts = new Map();
  for (const i of grouped.records(row.group.index)) {
    const site = bySite.of[i];
    if (cut.matching && !cut.matching[i]) continue;
    if (!parts.has(site)) parts.set(site, []);
    parts.get(site).push(i);
  }
  return [...parts].map(([site, records]) => sitePart(ask, row, bySite.groups[site], records));
}

function recordsRow(ask, records) {
  const { app, cut } = ask;
  const kept = new Map();
  const once = (id, column) => {
    if (!kept.has(id)) kept.set(id, column ? sumOf(records, column) : 0);
    return kept.get(id);
  };
  return {
    kind: "part", value: name => once(name, columnOf(app, cut, name)), before: name => once("before " + name, cut.before(name)), variance: () => NaN,
  };
}

function lineRow(ask, parent, line) {
  const f = line.place < 0 ? -1 : ask.app.page.places.function[line.place];
  const number = line.line ? `:${line.line}` : "(no line known)";
  return {
    ...recordsRow(ask, line.records), key: `${parent.key} ${line.place}`, parent, name: line.text || number, where: line.text ? number : "", isSource: line.text !== "",
    title: line.text ? `${line.where}\n${line.text}` : line.where, type: parent.type, place: line.place, text: line.text,
    selection: parent.group.by === "site" && line.place >= 0 ? { kind: "place", id: line.place, type: parent.type } : f < 0 ? null : { kind: "function", id: f },
  };
}

function sitePart(ask, parent, site, records) {
  const type = parent.group.by !== "type" && site.type >= 0 ? ask.app.names.type(site.type) : "";
  return {
    ...recordsRow(ask, records), key: `${parent.key} ${site.key}`, parent, name: type ? `${site.name} [${type}]` : site.name, where: site.where, title: site.title, type: site.type, selection: site.selection,
  };
}

// hasParts reports whether a row can be opened: without making what is below it.
export function hasParts(row) {
  if (row.kind !== "row" || row.group.rest) return false;
  return row.group.by === "site" || row.group.by === "function" ? row.group.places.length > 1 : true;
}

// sourceBelow returns the line of source that stands below a site that has only one; null where none does.
export function sourceBelow(ask, row) {
  const { app, metric } = ask;
  const whole = ask.total.value(metric.name);
  if (row.kind !== "row" || !row.group || row.group.by !== "site" || row.group.places.length !== 1 || !(row.value(metric.name) >= worthSource * whole)) return null;
  const text = sourceLine(app.page, row.group.places[0]);
  return text ? { text, isSource: true } : null;
}

// isOpened reports whether a row shows what is below it: as the user has said, else the large sites with several lines do.
export function isOpened(ask, row) {
  const said = ask.opened.get(row.key);
  if (said !== undefined) return said;
  return ask.by === "site" && row.value(ask.metric.name) >= 5 * worthSource * ask.total.value(ask.metric.name);
}

// firstRows returns how many rows are shown at first: those that are worth it, not too few and not too many.
export function firstRows(ask, rows) {
  const whole = ask.total.value(ask.metric.name);
  const worth = rows.filter(row => Math.max(row.value(ask.metric.name), row.before(ask.metric.name)) >= worthRow * whole).length;
  return Math.max(20, Math.min(100, worth));
}

// isMarked reports whether a row is what is selected. chosen is the key of the row that was chosen last: a site and its first
// line are the same selection.
export function isMarked(app, selection, chosen, row) {
  if (!selection || !row.selection) return false;
  if (row.group) return isSelected(app, row.group, selection);
  const same = row.selection.kind === selection.kind && row.selection.id === selection.id && (row.selection.type ?? -1) === (selection.type ?? -1);
  return same && (row.key === chosen || row.parent.group.selection?.id !== selection.id || row.parent.group.selection.kind !== selection.kind);
}
