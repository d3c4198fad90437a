// The view Table: who allocated it, with the columns that answer what is asked.

import { element, replace } from "./dom.js";
import { groupings, groupRecords } from "./groups.js";
import { coursesOf, timesOf } from "./sparkline.js";
import { createGrid } from "./table_grid.js";
import { columnsOf } from "./table_columns.js";
import { changeOf, diffColumns } from "./table_diff.js";
import { presetOf, presetsOf, unaskedBy } from "./table_presets.js";
import { filteredRow, firstRows, groupRows, hasParts, isMarked, isOpened, partsOf, sourceBelow, sumRow, totalRow } from "./table_rows.js";

// How many rows "more" adds.
const moreRows = 500;

// createTable returns the view.
export function createTable(app) {
  const { state, model } = app;
  const opened = new Map(); // by key of a row: what the user has said
  let root = null;
  let bar = null;
  let said = null;
  let place = null;
  let shown = null; // what was asked when the table was drawn
  let sort = null; // what the user has said; null: as is usual for the preset
  let limit = 0; // rows; 0: as many as are worth it
  let chosen = null; // key of the row that was chosen last
  const grid = createGrid({ select, show, toggle, sort: sortBy, more: () => { limit = (shown.limit ?? 0) + moreRows; app.redraw(); } });

  function mount(where) {
    root = where;
    shown = null;
    bar = element("div", { class: "asks" });
    said = element("p", { class: "said quiet" });
    place = element("div", { class: "tableplace" }, grid.element);
    replace(root, bar, said, place);
  }

  // askOf returns what is asked of the table.
  function askOf(values) {
    const cut = model.cut(values);
    const preset = presetOf(app, values);
    const by = preset.name === "types" ? "type" : groupings.find(g => g.by === values.group)?.by ?? "site";
    const ask = {
      app, values, cut, by, preset: preset.name, metric: model.metric(values), isDiff: model.isDiff, opened,
      grouping: groupings.find(g => g.by === by), grouped: groupRecords(app, cut, by), whole: cut.matching ? model.cut({ ...values, filter: "", brush: null }) : cut,
      courses: coursesFor(values, by),
    };
    ask.total = totalRow(ask);
    return ask;
  }

  function coursesFor(values, by) {
    if (model.isDiff || values.brush) return null;
    const known = coursesOf(app, values, by);
    return known && { ...known, times: timesOf(app) };
  }

  function update(values) {
    const key = JSON.stringify([values.metric, values.range, values.filter, values.brush, values.preset, values.group, sort, limit, [...opened], root.clientWidth]);
    if (shown?.key === key) {
      grid.mark(row => isMarked(app, values.selection, chosen, row));
      return;
    }
    if (shown && JSON.stringify([values.metric, values.preset, values.group]) !== shown.asked) [sort, limit] = [null, 0];
    const ask = askOf(values);
    drawBar(values, ask);
    measure(ask);
    const rows = rowsOf(ask);
    shown = { key, asked: JSON.stringify([values.metric, values.preset, values.group]), ask, rows, limit: rows.limit };
    for (const row of rows.all) row.selected = isMarked(app, values.selection, chosen, row);
    grid.draw({ caption: captionOf(ask), columns: ask.columns, rows: rows.all, sort: ask.sort });
  }

  // measure chooses the columns that there is room for.
  function measure(ask) {
    const room = Math.max(320, root.clientWidth - 24);
    const letter = 6.6;
    const nameRoom = Math.max(150, Math.min(340, room * 0.4));
    ask.typeWidth = room > 820 ? 160 : 130;
    if (ask.isDiff) ask.mostChange = ask.grouped.groups.reduce((most, g) => Math.max(most, Math.abs(ask.grouped.sums(ask.metric.name)[g.index] - ask.grouped.before(ask.metric.name)[g.index])), 0);
    const { columns, essential } = ask.isDiff ? diffColumns(ask) : columnsOf(ask);
    let used = nameRoom;
    ask.columns = columns.filter((column, i) => {
      if (i === 0) return true;
      if (used + column.width > room && (i >= essential || column.id === "type")) {
        used = i >= essential ? Infinity : used;
        return false;
      }
      used += column.width;
      return true;
    });
    const rest = ask.columns.reduce((sum, column) => sum + (column.width ?? 0), 0);
    ask.letters = Math.floor((Math.max(nameRoom, room - rest) - 34) / letter);
    ask.showsType = ask.columns.some(column => column.id === "type");
    ask.sort = sort && ask.columns.some(column => column.id === sort.id) ? sort : { id: ask.isDiff ? "change" : ask.metric.name, descending: true };
  }

  // rowsOf returns the rows that are shown: all, and what of them the totals are made of.
  function rowsOf(ask) {
    const all = groupRows(ask);
    const unasked = ask.isDiff ? { is: row => changeOf(row, ask.metric) === 0, words: `${ask.grouping.many} that did not change` } : unaskedBy(ask.preset, ask);
    const asked = unasked ? all.filter(row => !unasked.is(row)) : all;
    sortRows(ask, asked);
    const most = limit || firstRows(ask, asked);
    // One row more takes no more room than a row that says so.
    const first = asked.length <= most + 1 ? asked : asked.slice(0, most);
    const rows = [];
    for (const row of first) addRow(ask, rows, row);
    const parts = [...first];
    if (first.length < asked.length) {
      const rest = asked.slice(first.length);
      const more = sumRow("more", "more", `… ${app.amounts.count(rest.length).replace(app.amounts.mark, "")} more ${ask.grouping.many}`, rest, { title: "Show more" });
      rows.push(more);
      parts.push(more);
    }
    const folded = unasked ? all.filter(unasked.is) : [];
    if (folded.length) {
      const fold = sumRow("fold", "fold", `… ${app.amounts.count(folded.length).replace(app.amounts.mark, "")} ${unasked.words}`, folded, { opened: opened.get("fold") ?? false });
      rows.push(fold);
      parts.push(fold);
      if (fold.opened) for (const row of sortRows(ask, folded).slice(0, moreRows)) addRow(ask, rows, { ...row, isFolded: true });
    }
    const filtered = filteredRow(ask, all, ask.total);
    if (filtered) parts.push(filtered);
    rows.push(...(filtered ? [filtered] : []), ask.total);
    return { all: rows, parts, limit: most };
  }

  function addRow(ask, rows, row) {
    row.below = sourceBelow(ask, row) ?? (ask.showsType || ask.by !== "site" || !row.typeName ? null : { text: row.typeName });
    if (hasParts(row)) row.opened = isOpened(ask, row);
    rows.push(row);
    if (row.opened) rows.push(...sortRows(ask, partsOf(ask, row)));
  }

  function sortRows(ask, rows) {
    const column = ask.columns.find(c => c.id === ask.sort.id);
    const sign = ask.sort.descending ? -1 : 1;
    const read = column?.value ?? (row => row.value(ask.metric.name));
    const keyed = rows.map(row => [read(row), row]);
    keyed.sort(([a, rowA], [b, rowB]) => sign * (typeof a === "string" ? a.localeCompare(b) : a - b) || rowB.value(ask.metric.name) - rowA.value(ask.metric.name));
    keyed.forEach(([, row], i) => { rows[i] = row; });
    return rows;
  }

  function drawBar(values, ask) {
    const presets = presetsOf(app, values);
    const buttons = presets.map(preset => element("button", {
      type: "button", class: "control", "aria-pressed": String(preset.name === ask.preset), title: preset.help, onclick: () => choosePreset(preset),
    }, preset.title));
    const groups = element("select", { id: "group", class: "control", onchange: event => state.set({ group: event.target.value === "site" ? "" : event.target.value, preset: values.preset === "types" ? "" : values.preset }) },
      groupings.filter(g => g.by !== "type" || app.page.types.name.length).map(g => element("option", { value: g.by, selected: g.by === ask.by }, g.title)));
    replace(bar, element("div", { class: "presets", role: "group", "aria-label": "What the table answers" }, buttons), element("label", {}, "Rows ", groups));
    said.textContent = presets.find(p => p.name === ask.preset)?.help ?? "";
  }

  function choosePreset(preset) {
    const metric = preset.metric || state.get().metric;
    state.set({ preset: preset.metric ? "" : preset.name, metric });
  }

  function captionOf(ask) {
    return `${presetsOf(app, ask.values).find(p => p.name === ask.preset)?.help ?? app.names.metric(ask.metric)}, by ${ask.grouping.title.toLowerCase()}`;
  }

  function select(row, { walking } = {}) {
    if (!row.selection) return;
    chosen = row.key;
    state.set({ selection: row.selection }, { step: !walking });
    grid.mark(one => isMarked(app, row.selection, chosen, one));
  }

  // show shows a row in the flame graph: what is selected there, or only what matches where a row is no selection.
  function show(row) {
    const filter = row.group && !row.selection && !row.group.rest ? { filter: literally(row.group.key) } : {};
    state.set({ view: "flame", selection: row.selection ?? null, ...filter });
  }

  function toggle(row) {
    opened.set(row.key, !row.opened);
    app.redraw();
  }

  function sortBy(column, descending) {
    sort = { id: column.id, descending };
    app.redraw();
  }

  // drawn returns what the table shows, for tests.
  function drawn() {
    if (!shown) return null;
    const { ask, rows } = shown;
    const name = ask.metric.name;
    const sides = { metric: name, total: ask.total.value(name), parts: rows.parts.map(row => row.value(name)) };
    return ask.isDiff ? { ...sides, before: { total: ask.total.before(name), parts: rows.parts.map(row => row.before(name)) } } : sides;
  }

  return {
    name: "table", title: "Table", mount, update, drawn,
    key: event => grid.key(event),
    resize() { if (root) app.redraw(); },
  };
}

// literally returns the regular expression that matches a text.
function literally(text) {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
}
