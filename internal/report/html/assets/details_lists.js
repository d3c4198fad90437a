// Lists in the details: lines, callers, types and sites of what is selected, those with the most first, each with what it has.

import { element, quotedName } from "./dom.js";
import { callersOf } from "./calltree.js";
import { createBoxNames } from "./calltree_names.js";
import { groupRecords, sourceLine } from "./groups.js";

const fewRows = 5;

// topList makes a part of the details. Rows are {name, where, text, value, before, selection}; those that are too many are one line,
// and those of which nothing changed in a diff are none.
function topList(app, values, title, rows, noun) {
  const metric = app.model.metric(values);
  const weight = r => (app.model.isDiff ? Math.abs(r.value - r.before) : r.value); // of a diff what changed most is first
  const present = rows.filter(weight);
  if (!present.length) return null;
  present.sort((a, b) => weight(b) - weight(a));
  const whole = present.reduce((all, r) => all + weight(r), 0);
  const shown = present.length > fewRows + 1 ? present.slice(0, fewRows) : present;
  const rest = present.slice(shown.length);
  const restRow = rest.length ? { name: `… ${rest.length} more ${noun}`, value: rest.reduce((a, r) => a + r.value, 0), before: app.model.isDiff ? rest.reduce((a, r) => a + r.before, 0) : undefined } : null;
  return element("section", { class: "part" }, element("h3", {}, title),
    element("ul", { class: "list" }, [...shown, restRow].filter(Boolean).map(r => listRow(app, metric, r, whole ? weight(r) / whole : 0))));
}

function listRow(app, metric, row, share) {
  const { amounts } = app;
  const bar = element("span", { class: "bar" });
  bar.style.width = `${Math.max(1, 100 * share)}%`;
  const words = app.model.isDiff ? amounts.signed(metric, row.value - row.before) : amounts.of(metric, row.value);
  const change = app.model.isDiff ? row.value - row.before : 0;
  const name = quotedName(row.name, { class: "mono", title: row.title ?? row.name });
  return element("li", {}, bar,
    element("span", { class: `amount ${change > 0 ? "more" : change < 0 ? "less" : ""}`, title: amounts.exact(metric, row.value) }, words),
    element("span", { class: "named" },
      element("span", { class: "line" },
        row.selection ? element("button", { type: "button", class: "link", onclick: () => app.state.set({ selection: row.selection }) }, name) : name,
        row.where ? quotedName(row.where, { class: "quiet" }) : null),
      row.text ? element("code", { class: "text" }, row.text) : null));
}

// metricColumns returns the columns of the metric that is shown: before is null but in a diff.
function metricColumns(app, values, cut) {
  const metric = app.model.metric(values);
  return { value: cut.values(metric.name), before: cut.before(metric.name) };
}

// summedBy sums what is selected by a key of each record; those whose key is null are left out.
function summedBy(app, values, { cut, mask }, keyOf) {
  const { value, before } = metricColumns(app, values, cut);
  const rows = new Map();
  for (let i = 0; i < value.length; i++) {
    if (mask && !mask[i]) continue;
    const key = keyOf(i);
    if (key === null) continue;
    if (!rows.has(key)) rows.set(key, { key, value: 0, before: before ? 0 : undefined });
    const row = rows.get(key);
    row.value += value[i];
    if (before) row.before += before[i];
  }
  return [...rows.values()];
}

// linesPart lists the lines at which a function allocates itself, where there are several.
export function linesPart(app, values, of) {
  const { page, names } = app;
  if (of.function < 0) return null;
  const rows = summedBy(app, values, of, i => {
    const place = of.cut.list.place[i];
    return place >= 0 && page.places.function[place] === of.function ? place : null;
  });
  if (rows.length < 2) return null;
  return topList(app, values, "Lines", rows.map(r => ({
    ...r, name: names.where(r.key) || names.place(r.key), text: sourceLine(page, r.key), selection: of.subject.kind === "place" ? { ...of.subject, id: r.key } : null,
  })), "lines");
}

export function typesPart(app, values, of) {
  const { page, names } = app;
  const rows = summedBy(app, values, of, i => of.cut.list.type[i]);
  if (!rows.some(r => r.key >= 0 && (r.value || r.before))) return null;
  return topList(app, values, "Types", rows.map(r => ({
    ...r, name: names.type(r.key) || "(no type known)", title: r.key < 0 ? undefined : page.types.full[r.key] || names.type(r.key), selection: r.key < 0 ? null : { kind: "type", id: r.key },
  })), "types");
}

export function sitesPart(app, values, of) {
  const all = groupRecords(app, of.cut, "site");
  const { value, before } = metricColumns(app, values, of.cut);
  const rows = all.groups.map(() => ({ value: 0, before: before ? 0 : undefined }));
  for (let i = 0; i < value.length; i++) {
    if (of.mask && !of.mask[i]) continue;
    rows[all.of[i]].value += value[i];
    if (before) rows[all.of[i]].before += before[i];
  }
  return topList(app, values, "Sites", rows.map((r, i) => ({ ...r, ...namesOfGroup(app, all.groups[i]) })), "sites");
}

// namesOfGroup says what a site is called: what a function allocates of two types is two sites.
function namesOfGroup(app, { name, where, title, selection, type }) {
  return { name, where: [type >= 0 ? `[${app.names.type(type)}]` : "", where].filter(Boolean).join(" "), title, selection };
}

// callersPart lists who calls a function to have it allocate.
export function callersPart(app, values, of) {
  if (of.function < 0 || of.subject.kind === "node") return null;
  const tree = callersOf(app, values, of.function);
  const boxes = createBoxNames(app);
  const rows = tree.children(tree.root).map(box => ({
    name: boxes.name(box), where: boxes.where(box), value: box.after, before: app.model.isDiff ? box.before : undefined,
    selection: box.kind === "function" ? { kind: "function", id: box.function } : null,
  }));
  return topList(app, values, "Callers", rows, "callers");
}

// pathPart lists the callers of a call, which are one each.
export function pathPart(app, values, { subject }) {
  if (subject?.kind !== "node") return null;
  const { model, names, page } = app;
  const path = model.stackOf(subject.id).slice(1);
  if (!path.length) return null;
  const row = node => {
    const f = page.nodes.function[node];
    const file = page.functions.file[f];
    const where = file >= 0 && page.nodes.line[node] ? `${names.base(page.files[file])}:${page.nodes.line[node]}` : names.moduleOf(f);
    return element("li", {}, element("button", { type: "button", class: "link", onclick: () => app.state.set({ selection: { kind: "node", id: node } }) }, quotedName(names.func(f), { class: "mono" })), " ", element("span", { class: "quiet" }, where));
  };
  const [near, far] = [path.slice(0, fewRows), path.slice(fewRows)];
  return element("section", { class: "part" }, element("h3", {}, "Called by"), element("ol", { class: "stack" }, near.map(row)),
    far.length ? element("details", { class: "stack" }, element("summary", {}, `${far.length} more`), element("ol", {}, far.map(row))) : null);
}

// valueByLine returns what each line of a function allocates itself, of the metric that is shown.
export function valueByLine(app, values, of) {
  const lines = new Map();
  const { value } = metricColumns(app, values, of.cut);
  for (let i = 0; i < value.length; i++) {
    const place = of.cut.list.place[i];
    if ((of.mask && !of.mask[i]) || place < 0 || app.page.places.function[place] !== of.function) continue;
    lines.set(app.page.places.line[place], (lines.get(app.page.places.line[place]) ?? 0) + value[i]);
  }
  return lines;
}

