// The view Table: who allocated it, with the columns that answer what is asked.

import { element, replace } from "./dom.js";
import { groupings, groupRecords } from "./groups.js";
import { coursesOf, timesOf } from "./sparkline.js";
import { createGrid, sortBy } from "./table_grid.js";
import { columnsOf } from "./table_columns.js";
import { changeOf, diffColumns } from "./table_diff.js";
import { growthColumns, growthFact, growthOf, wholeCourses } from "./table_growth.js";
import { createResident } from "./table_resident.js";
import { createDeep } from "./owners_deep.js";
import { presetOf, presetsOf, unaskedBy } from "./table_presets.js";
import { letterWidth, plainCount } from "./table_names.js";
import { filteredRow, firstRows, groupRows, hasParts, isMarked, isOpened, partsOf, sourceBelow, sumRow, totalRow } from "./table_rows.js";

// How many rows "more" adds.
const moreRows = 200;

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
  const grid = createGrid({ select, show, toggle, sort: setSort, more });
  const deep = createDeep(app, { select, show });
  const resident = createResident(app, { select, show });
  let part = grid; // of these: which is shown

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
      app, values, cut, by, preset: preset.name, question: preset, metric: model.metric(values), isDiff: model.isDiff, opened,
      grouping: groupings.find(g => g.by === by), grouped: groupRecords(app, cut, by), whole: cut.matching ? model.cut({ ...values, filter: "", brush: null }) : cut,
      courses: coursesFor(values, by),
    };
    ask.total = totalRow(ask);
    ask.rowsOfGroups = groupRows(ask);
    if (preset.name === "growth") {
      ask.wholeCourses = ask.courses && wholeCourses(app, values, by);
      ask.growth = growthOf(ask);
    }
    return ask;
  }

  function coursesFor(values, by) {
    if (model.isDiff || values.brush) return null;
    const known = coursesOf(app, values, by);
    return known && { ...known, times: timesOf(app) };
  }

  function update(values) {
    // Who chooses another metric wants to see that.
    const asked = JSON.stringify([values.metric, values.preset, values.group]);
    if (shown && asked !== shown.asked) [sort, limit] = [null, 0];
    if (shown && values.metric !== shown.ask.values.metric && values.preset && values.preset === shown.ask.values.preset) {
      state.set({ preset: "" }, { step: false });
      return;
    }
    const key = JSON.stringify([asked, values.range, values.filter, values.brush, values.snapshot, sort, limit, [...opened], root.clientWidth, app.page.count]);
    const isSelected = row => isMarked(app, values.selection, chosen, row);
    if (shown?.key === key) {
      part?.mark(isSelected);
      return;
    }
    const ask = askOf(values);
    shown = { key, asked, ask, rows: null };
    drawBar(values, ask);
    measure(ask);
    if (!ask.question.isKnown) drawMissing(ask);
    else if (ask.preset === "resident") drawResident(ask, isSelected);
    else if (ask.preset === "retained") drawDeep(ask, isSelected);
    else drawRows(ask, isSelected);
  }

  // fill shows one of the parts, or what else stands in its place.
  function fill(next, content) {
    part = next;
    if (place.firstChild !== content || place.childNodes.length > 1) replace(place, content);
  }

  function drawRows(ask, isSelected) {
    fill(grid, grid.element);
    const rows = rowsOf(ask);
    shown.rows = rows;
    for (const row of rows.all) row.selected = isSelected(row);
    grid.draw({ caption: captionOf(ask), columns: ask.columns, rows: rows.all, sort: ask.sort });
  }

  function drawMissing(ask) {
    fill(null, element("p", { class: "empty" }, element("b", {}, `${ask.question.title}: not known`), ask.question.missing));
  }

  function drawResident(ask, isSelected) {
    fill(resident, resident.element);
    resident.draw(ask, isSelected);
  }

  function drawDeep(ask, isSelected) {
    fill(deep, deep.element);
    const held = app.page.held[ask.values.snapshot] ?? app.page.held[0];
    deep.draw(held, ask.values.group === "type" || !held.deep.some(d => d.place >= 0), ask.room, ask.letter, isSelected);
  }

  // measure chooses the columns that there is room for.
  function measure(ask) {
    const room = Math.max(320, root.clientWidth - 24);
    const letter = letterWidth(root);
    const nameRoom = Math.max(150, Math.min(340, room * 0.4));
    ask.typeWidth = room > 820 ? 160 : 130;
    [ask.letter, ask.room] = [letter, room];
    if (ask.isDiff) ask.mostChange = ask.grouped.groups.reduce((most, g) => Math.max(most, Math.abs(ask.grouped.sums(ask.metric.name)[g.index] - ask.grouped.before(ask.metric.name)[g.index])), 0);
    const { columns, essential } = ask.isDiff ? diffColumns(ask) : ask.growth ? growthColumns(ask) : columnsOf(ask);
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
    ask.isNarrow = ask.letters < 32;
    ask.showsType = ask.columns.some(column => column.id === "type");
    ask.sort = sort && ask.columns.some(column => column.id === sort.id) ? sort : { id: ask.isDiff ? "change" : ask.growth?.span ? "risen" : ask.growth ? "copied" : ask.metric.name, descending: true };
  }

  // rowsOf returns the rows that are shown: all, and what of them the totals are made of.
  function rowsOf(ask) {
    const all = ask.rowsOfGroups;
    const unasked = unaskedOf(ask);
    const asked = unasked ? all.filter(row => !unasked.is(row)) : all;
    sortRows(ask, asked);
    const most = limit || firstRows(ask, asked);
    // One row more takes no more room than a row that says so.
    const first = asked.length <= most + 1 ? asked : asked.slice(0, most);
    const rows = [];
    for (const row of first) addRow(ask, rows, row);
    const parts = [...first];
    if (first.length < asked.length) {
      const rest = sumRow("more", "more", `… ${plainCount(app.amounts, asked.length - first.length)} more ${ask.grouping.many}`, asked.slice(first.length), { title: "Show more" });
      rows.push(rest);
      parts.push(rest);
    }
    const folded = unasked ? all.filter(unasked.is) : [];
    if (folded.length) {
      const fold = sumRow("fold", "fold", `… ${plainCount(app.amounts, folded.length)} ${unasked.words}`, folded, { opened: opened.get("fold") ?? false });
      rows.push(fold);
      parts.push(fold);
      if (fold.opened) for (const row of sortRows(ask, folded).slice(0, moreRows)) addRow(ask, rows, { ...row, isFolded: true });
    }
    const filtered = filteredRow(ask, all, ask.total);
    if (filtered) parts.push(filtered);
    rows.push(...(filtered ? [filtered] : []), ask.total);
    return { all: rows, parts, limit: most };
  }

  function unaskedOf(ask) {
    if (ask.isDiff) return { is: row => changeOf(row, ask.metric) === 0, words: `${ask.grouping.many} that did not change` };
    if (ask.growth) return { is: row => ask.growth.risen(row) <= 0 && !ask.growth.grew(row), words: `${ask.grouping.many} that did not grow` };
    return unaskedBy(ask.preset, ask);
  }

  function addRow(ask, rows, row) {
    const grew = ask.growth?.words(row);
    row.below = (grew ? { text: grew } : null) ?? sourceBelow(ask, row) ?? (ask.showsType || ask.by !== "site" || !row.typeName ? null : { text: row.typeName });
    if (hasParts(row)) row.opened = isOpened(ask, row);
    rows.push(row);
    if (row.opened) rows.push(...sortRows(ask, partsOf(ask, row)));
  }

  function sortRows(ask, rows) {
    const amount = row => row.value(ask.metric.name);
    return sortBy(rows, ask.columns.find(c => c.id === ask.sort.id) ?? { value: amount }, ask.sort.descending, amount);
  }

  function drawBar(values, ask) {
    const presets = presetsOf(app, values);
    const buttons = presets.map(preset => element("button", {
      type: "button", class: "control", "aria-pressed": String(preset.name === ask.preset), title: preset.help, onclick: () => choosePreset(preset),
    }, preset.title));
    const groups = element("select", { id: "group", class: "control", onchange: event => state.set({ group: event.target.value === "site" ? "" : event.target.value, preset: values.preset === "types" ? "" : values.preset }) },
      groupings.filter(g => g.by !== "type" || app.page.types.name.length).map(g => element("option", { value: g.by, selected: g.by === ask.by }, g.title)));
    replace(bar, element("div", { class: "presets", role: "group", "aria-label": "What the table answers" }, buttons), element("label", {}, "Rows ", groups));
    const fact = ask.growth && ask.question.isKnown ? growthFact(ask) : "";
    const words = ask.isDiff ? `Before and after: ${app.names.metric(ask.metric)}, by the size of the change` : ask.question.help;
    said.textContent = [words && `${words}.`, fact].filter(Boolean).join(" ");
  }

  function choosePreset(preset) {
    const metric = preset.metric || state.get().metric;
    state.set({ preset: preset.metric ? "" : preset.name, metric });
  }

  function captionOf(ask) {
    return `${ask.question.help || app.names.metric(ask.metric)}, by ${ask.grouping.title.toLowerCase()}`;
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

  function more() {
    limit = shown.rows.limit + moreRows;
    app.redraw();
  }

  function setSort(next) {
    sort = next;
    app.redraw();
  }

  // drawn returns what the table shows, for tests.
  function drawn() {
    if (!shown?.rows) return null;
    const { ask, rows } = shown;
    const name = ask.metric.name;
    const sides = { metric: name, total: ask.total.value(name), parts: rows.parts.map(row => row.value(name)) };
    return ask.isDiff ? { ...sides, before: { total: ask.total.before(name), parts: rows.parts.map(row => row.before(name)) } } : sides;
  }

  return {
    name: "table", title: "Table", mount, update, drawn,
    key: event => part?.key(event) ?? false,
    resize() { if (root) app.redraw(); },
  };
}

// literally returns the regular expression that matches a text.
function literally(text) {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
}
