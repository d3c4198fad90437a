// Records grouped as heapprof report groups them: by site (a function and the type of what it allocates), function,
// type, module, crate or file; what of them is selected; and how much of each was live over the run.
//
// A site is a function by type, whatever its lines: a selection {kind: "place", id, type} means the site of that
// place, and names one of its lines. All that is computed here comes from model.cut, so that it adds up to the same sums.

// groupings are what rows can be, in the order in which they are offered.
export const groupings = [
  { by: "site", title: "Site", many: "sites" }, { by: "function", title: "Function", many: "functions" }, { by: "type", title: "Type", many: "types" },
  { by: "module", title: "Module", many: "modules" }, { by: "crate", title: "Crate or library", many: "crates and libraries" }, { by: "file", title: "File", many: "files" },
];

// The text of a group that stands for what is not known, or was too much to keep apart.
const noTypeKnown = "(no type known)";
const severalTypes = "(other types, too many to keep apart)";
const restOfPlaces = "(other sites, too many to keep apart)";

const keysOfPages = new WeakMap();
const groupsOfCuts = new WeakMap();

// placeKeys returns of each place what it counts for in a grouping: a text, the same for places that are one row.
function placeKeys(page, by) {
  if (!keysOfPages.has(page.records)) keysOfPages.set(page.records, new Map());
  const known = keysOfPages.get(page.records);
  if (!known.has(by)) known.set(by, page.places.function.map((f, p) => placeKey(page, by, f, p)));
  return known.get(by);
}

function placeKey(page, by, f, p) {
  if (by === "type") return "";
  if (by === "site" || by === "function") return String(f);
  if (by === "module") return moduleName(page, f);
  if (by === "crate") return page.functions.crate[f] || (isRuntime(page, f) && page.places.where[p]) || crateOfModule(page, f);
  return isRuntime(page, f) && page.functions.crate[f] ? `${page.functions.name[f]} ${page.places.where[p]}` : fileName(page, f);
}

// isRuntime reports whether a function stands for what a run-time library allocates for itself, "(backtraces)": in Rust's it
// is functions of several files.
function isRuntime(page, f) {
  return /^\([^()]*\)$/.test(page.functions.name[f]);
}

function crateOfModule(page, f) {
  const m = page.functions.module[f];
  return m < 0 ? "(no crate known)" : lastPart(page.modules[m]);
}

function moduleName(page, f) {
  const m = page.functions.module[f];
  return m < 0 ? "(unknown module)" : page.modules[m];
}

function fileName(page, f) {
  const file = page.functions.file[f];
  if (file >= 0) return page.files[file];
  const m = page.functions.module[f];
  return m < 0 ? "(no source file)" : `(no source file) ${lastPart(page.modules[m])}`;
}

const lastPart = path => path.slice(path.lastIndexOf("/") + 1);

// typeOf returns the type of a record that its group has: what one site allocates of two types is two sites, but for
// arenas and what run-time libraries allocate for themselves.
function typeOf(list, i, by) {
  return by === "site" && list.siteType ? list.siteType[i] : list.type[i];
}

// recordKey returns the text of what a record counts for. keys are those of its list's places.
function recordKey(list, i, by, keys) {
  const place = list.place[i];
  const key = by === "type" ? "" : place < 0 ? restOfPlaces : keys[place];
  return by === "site" || by === "type" ? `${key}\0\0${typeOf(list, i, by)}` : key;
}

// groupKey returns the key of the group that a place and a type are in.
export function groupKey(app, by, place, type) {
  return recordKey({ place: [place], type: [type] }, 0, by, placeKeys(app.page, by));
}

// groupRecords returns the groups of what is chosen (a result of model.cut), in the order of their first records:
//
//	groups       {index, key, by, name, where, title, type, isEmpty, rest, places, selection}: places are those of its records,
//	             ascending; isEmpty: none of them is chosen; rest: it stands for many that were not kept apart; selection: what selecting it sets, or null
//	of           of each record the index of its group
//	sums(name)   of each group the sum of a metric; of a diff on the later side
//	before(name) that on the earlier side; null unless it is a diff
//	variance(name, side) how far that may be off, as a variance; without a side that of both together; null where it is not
//	             known, or all is exact
//	records(index) the indices of a group's records
export function groupRecords(app, cut, by) {
  if (!groupsOfCuts.has(cut)) groupsOfCuts.set(cut, new Map());
  const known = groupsOfCuts.get(cut);
  if (!known.has(by)) known.set(by, makeGroups(app, cut, by));
  return known.get(by);
}

function makeGroups(app, cut, by) {
  const { page } = app;
  const { list } = cut;
  const keys = placeKeys(page, by);
  const indices = new Map();
  const groups = [];
  const of = new Int32Array(list.count);
  for (let i = 0; i < list.count; i++) {
    const key = recordKey(list, i, by, keys);
    let index = indices.get(key);
    if (index === undefined) {
      index = groups.length;
      indices.set(key, index);
      groups.push({ index, key, by, type: typeOf(list, i, by), isEmpty: true, places: new Set() });
    }
    of[i] = index;
    if (cut.matching && !cut.matching[i]) continue;
    groups[index].places.add(list.place[i]);
    groups[index].isEmpty = false;
  }
  for (const g of groups) {
    if (g.isEmpty) g.places = [];
    else nameGroup(app, g);
  }
  const sum = column => {
    const sums = new Float64Array(groups.length);
    if (column) for (let i = 0; i < column.length; i++) sums[of[i]] += column[i];
    return sums;
  };
  const summed = new Map();
  const once = (id, column) => {
    if (!summed.has(id)) {
      const values = column();
      summed.set(id, values && sum(values));
    }
    return summed.get(id);
  };
  let members = null;
  return {
    by, groups, of, list, matching: cut.matching,
    sums: name => once("after " + name, () => columnOf(app, cut, name)),
    before: name => once("before " + name, () => cut.before(name)),
    variance: (name, side) => once(`variance ${side} ${name}`, () => varianceOf(app, cut, name, side)),
    records(index) {
      members ??= membersOf(of, groups.length);
      return members[index];
    },
  };
}

function membersOf(of, count) {
  const members = Array.from({ length: count }, () => []);
  for (let i = 0; i < of.length; i++) members[of[i]].push(i);
  return members;
}

// columnOf returns a column of what is chosen, of a diff on the later side: a metric's, or "distinct-blocks", which are
// blocks that count once however often they were resized (of these temporary ones are a share), or "brief-blocks", which lived
// for less than a tenth of the run.
export function columnOf(app, cut, name) {
  const { records, sides } = app.page;
  const isOfRun = cut.list.count === records.node.length && cut.metrics === app.page.metrics;
  const chosen = column => Float64Array.from(column, (n, i) => (cut.matching && !cut.matching[i] ? 0 : n));
  if (name === "brief-blocks" && records.brief && isOfRun) return chosen(records.brief);
  if (name !== "distinct-blocks") return cut.values(name);
  const resized = isOfRun ? records.resized?.[sides.length - 1] ?? [] : [];
  return resized.length ? cut.values("total-blocks").map((n, i) => (cut.matching && !cut.matching[i] ? 0 : n - resized[i])) : cut.values("total-blocks");
}

// varianceOf returns of each record how far it may be off, as a variance, on one side or on both together.
export function varianceOf(app, cut, name, only) {
  const { page } = app;
  const m = page.metrics.findIndex(metric => metric.name === name);
  if (m < 0 || !page.records.variance || cut.list.count !== page.records.node.length || cut.metrics !== page.metrics) return null;
  const columns = page.sides.map((_, side) => (only === undefined || only === side ? page.records.variance[side * page.metrics.length + m] : null)).filter(c => c?.length);
  if (!columns.length) return null;
  const all = new Float64Array(cut.list.count);
  for (const column of columns) for (let i = 0; i < all.length; i++) if (!cut.matching || cut.matching[i]) all[i] += column[i];
  return all;
}

// nameGroup says what a group is called.
function nameGroup(app, g) {
  const { page, names } = app;
  g.places = [...g.places].filter(p => p >= 0).sort((a, b) => a - b);
  const first = g.places.length ? g.places[0] : -1;
  const f = first < 0 ? -1 : page.places.function[first];
  g.rest = g.by !== "type" && first < 0;
  g.where = "";
  g.selection = null;
  if (g.by === "type") {
    g.name = g.type < -1 ? severalTypes : g.type < 0 ? noTypeKnown : names.type(g.type);
    g.title = g.type < 0 ? "" : page.types.full[g.type] || g.name;
    if (g.type >= 0) g.selection = { kind: "type", id: g.type };
  } else if (g.rest) {
    g.name = g.title = restOfPlaces;
  } else if (g.by === "site" || g.by === "function") {
    g.name = names.place(first);
    g.where = whereOf(page, g.places);
    g.title = [g.name, placeTitle(page, f, g.places)].filter(Boolean).join("\n");
    g.selection = g.by === "site" && g.type >= -1 ? { kind: "place", id: first, type: g.type } : { kind: "function", id: f };
    if (g.by === "site" && g.type >= 0) g.title += "\n" + (page.types.full[g.type] || page.types.name[g.type]);
  } else {
    g.name = g.by === "crate" ? g.key : lastPart(g.key);
    g.title = g.key;
    g.where = g.by === "file" && g.key.startsWith("/") ? parentOf(g.key) : "";
  }
  if (g.by !== "site" && g.by !== "type") g.type = -1;
}

const parentOf = path => lastPart(path.slice(0, Math.max(0, path.lastIndexOf("/"))));

// whereOf returns where a site is: with its line if it has only one.
function whereOf(page, places) {
  const lines = new Set(places.map(p => page.places.where[p]));
  if (lines.size === 1) return page.places.where[places[0]];
  return page.places.where[places[0]].replace(/:\d+$/, "");
}

function placeTitle(page, f, places) {
  if (f < 0) return "";
  const file = page.functions.file[f];
  if (file < 0) return page.functions.module[f] < 0 ? "" : page.modules[page.functions.module[f]];
  const lines = [...new Set(places.map(p => page.places.line[p]).filter(Boolean))];
  return lines.length === 1 ? `${page.files[file]}:${lines[0]}` : page.files[file];
}

// linesOf returns the lines of a group: {place, line, where, text, records}, records being the indices of theirs.
export function linesOf(app, grouped, index) {
  const { page } = app;
  const lines = new Map();
  for (const i of grouped.records(index)) {
    const place = grouped.list.place[i];
    if (grouped.matching && !grouped.matching[i]) continue;
    if (!lines.has(place)) {
      lines.set(place, { place, line: place < 0 ? 0 : page.places.line[place], where: app.names.where(place), text: place < 0 ? "" : sourceLine(page, place), records: [] });
    }
    lines.get(place).records.push(i);
  }
  return [...lines.values()];
}

const sourcesOfPages = new WeakMap();

// sourceLine returns the text of a place's line without its indentation; "" where the page does not have it.
export function sourceLine(page, place) {
  const f = page.places.function[place];
  const file = f < 0 ? -1 : page.functions.file[f];
  return file < 0 ? "" : (lineText(page, file, page.places.line[place]) ?? "").trim();
}

// lineText returns a line of a source file; null where the page does not have it.
export function lineText(page, file, line) {
  if (!sourcesOfPages.has(page.records)) {
    const byFile = new Map();
    for (const s of page.sources ?? []) {
      if (!byFile.has(s.file)) byFile.set(s.file, new Map());
      s.lines.forEach((text, i) => byFile.get(s.file).set(s.first + i, text));
    }
    sourcesOfPages.set(page.records, byFile);
  }
  return sourcesOfPages.get(page.records).get(file)?.get(line) ?? null;
}

// sumOf returns the sum of some records of a column.
export function sumOf(records, column) {
  let all = 0;
  for (const i of records) all += column[i];
  return all;
}

// isSelected reports whether a selection is a group, or one of its lines.
export function isSelected(app, group, selection) {
  if (!selection || !group.selection || selection.kind !== group.selection.kind) return false;
  if (selection.kind !== "place") return selection.id === group.selection.id;
  return (selection.type ?? -1) === group.type && group.places.includes(selection.id);
}

// selectedRecords tells of each record of what is chosen whether it belongs to a selection: null where that is nothing
// that records have (a finding, an owner).
export function selectedRecords(app, cut, selection) {
  const { page, model } = app;
  const { list } = cut;
  if (!selection) return null;
  const mask = new Uint8Array(list.count);
  const { kind, id } = selection;
  if (kind === "place") {
    const keys = placeKeys(page, "site");
    const type = selection.type ?? -1;
    for (let i = 0; i < list.count; i++) mask[i] = list.place[i] >= 0 && keys[list.place[i]] === keys[id] && typeOf(list, i, "site") === type ? 1 : 0;
  } else if (kind === "type") {
    for (let i = 0; i < list.count; i++) mask[i] = list.type[i] === id ? 1 : 0;
  } else if (kind === "function" || kind === "node") {
    // All that was allocated in it and by what it called.
    const inside = new Uint8Array(model.nodes.count);
    for (let n = 0; n < inside.length; n++) {
      const here = kind === "node" ? n === id : model.nodes.function[n] === id;
      inside[n] = here || (n > 0 && inside[model.nodes.parent[n]]) ? 1 : 0;
    }
    for (let i = 0; i < list.count; i++) {
      const place = list.place[i];
      mask[i] = inside[list.node[i]] || (kind === "function" && place >= 0 && page.places.function[place] === id) ? 1 : 0;
    }
  } else {
    return null;
  }
  return mask;
}
