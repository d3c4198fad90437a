// How large things are with all that they hold: of types and of sites, at a snapshot. It is the preset "retained" of the table,
// and stands below the owners.

import { thingWords } from "./owners_rows.js";
import { createGrid, fitting, named, numeric } from "./table_grid.js";

// createDeep returns that table. on is told of rows that are selected or to be shown, as createGrid has it.
export function createDeep(app, on) {
  const { amounts, names, page } = app;
  const grid = createGrid(on);
  const write = n => (n === undefined ? "" : amounts.size(n));
  const bytes = (id, title, help) => numeric(id, title, 84, help, row => row.deep[id]?.[0], write);
  const each = (i, title) => numeric(`each${i}`, title, 84, `What one of them retains: the ${title.toLowerCase()}`, row => row.deep.each?.[i], write);

  // draw shows those of types, or of sites, of a snapshot. room and letter are how wide the table is and a letter, in pixels; isSelected tells of a row whether it is.
  function draw(held, ofTypes, room, letter, isSelected) {
    const space = {};
    const share = row => (row.deep.retained?.[0] ?? 0) / (held.live[0] || 1);
    const columns = [
      named(ofTypes ? "Type" : "Site", space),
      bytes("retained", "Retained", "What would be freed with all of them: nothing else holds it"),
      numeric("share", "% of live", 92, "What they retain, of all that lived then", share, (part, row) => (row.deep.retained ? amounts.percent(part, 1) : ""), share),
      bytes("live", "Live", "Their own blocks"), numeric("blocks", "Blocks", 84, "How many blocks they are", row => row.deep.live[1], amounts.count),
      each(1, "Median"), each(2, "Largest"), each(0, "Smallest"), bytes("deep", "Deep", "All that they lead to, also what others hold, too"),
    ];
    const rows = held.deep.filter(d => ofTypes === d.place < 0).map(d => ({ ...rowOf(d), kind: "row", deep: d }));
    for (const row of rows) row.selected = isSelected(row);
    rows.push({ key: "total", kind: "total", name: "all that lived then", deep: { live: held.live } });
    grid.draw({ caption: "How large things are with all that they hold", columns: fitting(columns, room, letter, space), rows, sorted: "retained" });
  }

  function rowOf({ place, type }) {
    const id = type ? page.types.name.indexOf(type) : -1;
    if (place < 0) return { key: `t ${type}`, name: type || "(no type known)", title: page.types.full[id] || type, selection: id < 0 ? null : { kind: "type", id } };
    const [what, where] = thingWords(app, place, type);
    return { key: `p ${place} ${type}`, name: what, where, title: `${what}\n${names.place(place)}`, selection: { kind: "place", id: place, type: id } };
  }

  return { element: grid.element, draw, mark: grid.mark, key: grid.key };
}
