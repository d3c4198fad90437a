// The view Owners: who held the memory at a snapshot, as heapprof report --retained has it, and how large things are with all
// that they hold.

import { element, replace } from "./dom.js";
import { createGrid, fitting, nameAndPlace, numeric } from "./table_grid.js";
import { letterWidth } from "./table_names.js";
import { createDeep } from "./owners_deep.js";
import { createHeldMap } from "./owners_map.js";
import { ownerRows } from "./owners_rows.js";

const moreOwners = 200;

// createOwners returns the view.
export function createOwners(app) {
  const { amounts, page, state } = app;
  const opened = new Map();
  let root = null;
  let bar = null;
  let said = null;
  let deepBar = null;
  let limit = 0;
  let deepOfTypes = true;
  let shown = null;
  const grid = createGrid({ select, show, toggle, more });
  const map = createHeldMap(app, choose);
  const deep = createDeep(app, { select, show });

  function mount(place) {
    root = place;
    shown = null;
    bar = element("div", { class: "asks" });
    said = element("p", { class: "said quiet" });
    deepBar = element("div", { class: "asks" });
    const place1 = element("div", { class: "heldplace" }, map.element);
    replace(root, bar, said, place1, grid.element, deepBar, deep.element);
  }

  function update(values) {
    const index = Math.min(values.snapshot, page.held.length - 1);
    const held = page.held[index];
    const key = JSON.stringify([index, limit, deepOfTypes, [...opened], root.clientWidth, page.count]);
    const isSelected = row => sameSelection(row.selection, values.selection);
    if (shown?.key === key) {
      grid.mark(isSelected);
      deep.mark(isSelected);
      return;
    }
    const { rows, parts, worth } = ownerRows(app, held, opened, limit);
    const room = Math.max(320, root.clientWidth - 24);
    const letter = letterWidth(root);
    for (const row of rows) row.selected = isSelected(row);
    shown = { key, held, rows, parts, worth };
    drawBar(held, index);
    map.draw(parts, held.live[0] || 1, Math.max(280, root.clientWidth - 32), letter);
    grid.draw({ caption: `Who held the memory, ${held.words}`, columns: fitting(columnsFor(held), room, letter, shown), rows });
    drawDeep(held, room, letter, isSelected);
  }

  function drawBar(held, index) {
    const buttons = page.held.map((one, i) => element("button", { type: "button", class: "control", "aria-pressed": String(i === index), title: one.words, onclick: () => state.set({ snapshot: i }) }, one.at || amounts.time(one.time)));
    replace(bar, element("div", { class: "presets", role: "group", "aria-label": "Snapshots" }, element("span", { class: "label" }, "Snapshot"), buttons));
    const rest = held.live[0] - held.shared[0] - held.unreached[0];
    const words = [`${amounts.size(rest)} held`, held.shared[1] ? `${amounts.size(held.shared[0])} shared by several owners` : "", held.unreached[1] ? `${amounts.size(held.unreached[0])} lost` : ""].filter(Boolean);
    said.textContent = `${held.words.slice(0, 1).toUpperCase()}${held.words.slice(1)}. ${amounts.size(held.live[0])} lived in ${amounts.blocks(held.live[1])}: ${words.join(", ")}. Retained is what would be freed with an owner.`;
  }

  function drawDeep(held, room, letter, isSelected) {
    const has = { types: held.deep.some(d => d.place < 0), sites: held.deep.some(d => d.place >= 0) };
    deep.element.hidden = deepBar.hidden = !has.types && !has.sites;
    if (deep.element.hidden) return;
    const ofTypes = has.types && (deepOfTypes || !has.sites);
    const button = (title, isOn) => element("button", { type: "button", class: "control", "aria-pressed": String(ofTypes === isOn), onclick: () => { deepOfTypes = isOn; app.redraw(); } }, title);
    replace(deepBar, element("h3", {}, "How large things are with all that they hold"), has.types && has.sites ? element("div", { class: "presets", role: "group", "aria-label": "Of what" }, button("Types", true), button("Sites", false)) : null);
    deep.draw(held, ofTypes, room, letter, isSelected);
  }

  function columnsFor(held) {
    const [live] = held.live;
    const share = row => row.retained[0] / (live || 1);
    const columns = [
      { id: "name", title: "Held by", kind: "name", cell: nameCell, titleOf: row => row.title },
      numeric("retained", "Retained", 92, "What would be freed with it: nothing else leads to it", row => row.retained[0], amounts.size),
      numeric("share", "%", 92, "Of all that lived then", share, part => amounts.percent(part, 1), share),
      numeric("blocks", "Blocks", 84, "How many blocks that is", row => row.retained[1], amounts.count),
      numeric("reaches", "Leads to", 92, "All that it leads to, also what others hold, too", row => (row.reaches?.[0] > row.retained[0] ? row.reaches[0] : 0), n => (n ? amounts.size(n) : "")),
    ].map(column => ({ ...column, value: null })); // they stand as trees
    return held.owners.some(owner => owner.reaches[0] > owner.retained[0]) ? columns : columns.slice(0, 4);
  }

  function nameCell(row) {
    const indent = row.kind === "part" ? row.depth : 0;
    const names = nameAndPlace(row.name, row.words, shown.letters - 3 * indent - (row.count?.length ?? 0));
    if (row.count) names.firstChild.prepend(element("span", { class: "times" }, row.count));
    names.style.paddingLeft = `${14 * indent}px`;
    return names;
  }

  function select(row, { walking } = {}) {
    if (row.selection) state.set({ selection: row.selection }, { step: !walking });
  }

  function show(row) {
    if (row.selection?.kind === "owner" || !row.selection) {
      if (row.opened !== undefined) toggle(row);
      return;
    }
    state.set({ view: "flame", selection: row.selection });
  }

  // choose is what a click into the picture does.
  function choose(key) {
    const owner = key.replace(/ \d+$/, "");
    const row = shown.parts.find(one => one.key === key) ?? shown.parts.find(one => one.key === owner);
    if (row?.things?.length && row.key !== key) opened.set(row.key, true);
    app.redraw();
    const found = shown.rows.find(one => one.key === key);
    if (found?.selection) select(found);
    for (const tr of grid.element.querySelectorAll("tr[data-key]")) if (tr.dataset.key === key) tr.scrollIntoView({ block: "nearest" });
  }

  function toggle(row) {
    opened.set(row.key, !row.opened);
    app.redraw();
  }

  function more() {
    limit = shown.worth + moreOwners;
    app.redraw();
  }

  return {
    name: "owners", title: "Owners", mount, update,
    key: event => (deep.element.contains(document.activeElement) ? deep : grid).key(event),
    resize() { if (root) app.redraw(); },
    // drawn returns what is shown, for tests.
    drawn: () => shown && { metric: "live-bytes", total: shown.held.live[0], parts: shown.parts.map(row => row.retained[0]) },
  };
}

function sameSelection(a, b) {
  return Boolean(a && b && a.kind === b.kind && a.id === b.id && (a.type ?? -1) === (b.type ?? -1));
}
