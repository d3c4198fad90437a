// What of the process's memory was resident and is not live, and why, as heapprof report --resident has it.

import { element, replace } from "./dom.js";
import { createGrid, fitting, named, numeric } from "./table_grid.js";
import { plainCount, plainSize } from "./table_names.js";

// createResident returns the two tables: what was in RAM, and whose blocks keep pages there that are free but for them. on is
// told of rows that are selected or to be shown, as createGrid has it.
export function createResident(app, on) {
  const { amounts, names, page } = app;
  const parts = createGrid({});
  const sites = createGrid(on);
  const root = element("div", { class: "grids" });
  const size = n => plainSize(amounts, n);
  const percent = part => amounts.percent(part, 1).replace(amounts.mark, "");

  function draw({ room, letter }, isSelected) {
    const { resident } = page;
    const [reading] = resident.readings;
    const hasSites = reading.sites.place.length > 0;
    replace(root, element("p", { class: "said" }, `At most ${size(resident.anonymousPeak)} of anonymous memory was resident, and ${size(resident.filePeak)} of files and shared memory. A filter or a range does not apply here: pages are the process's.`),
      parts.element, hasSites && element("h3", { class: "said" }, `Whose blocks keep pages that are free but for them: ${reading.words}`), hasSites && sites.element);
    drawParts(resident.readings);
    if (hasSites) drawSites(reading.sites, room, letter, isSelected);
  }

  function drawParts(readings) {
    const kinds = [...new Map(readings.flatMap(r => r.parts).map(p => [p.kind, p])).values()];
    const wholes = readings.map(r => r.parts.reduce((sum, p) => sum + p.bytes, 0));
    const columns = [named("What is in RAM", {}), ...readings.flatMap((reading, r) => [
      numeric(`bytes${r}`, `${reading.words.slice(0, 1).toUpperCase()}${reading.words.slice(1)}`, 130, `at ${amounts.time(reading.time)}`, row => row.bytes[r], n => (n ? size(n) : "")),
      numeric(`share${r}`, "%", 92, "", row => row.bytes[r] / (wholes[r] || 1), part => (part ? percent(part) : ""), row => row.bytes[r] / (wholes[r] || 1)),
    ])].map(column => ({ ...column, value: null })); // they stand as they add up
    const rows = kinds.map(({ kind, words }) => ({ key: kind, kind: "row", name: words, bytes: readings.map(reading => reading.parts.find(p => p.kind === kind)?.bytes ?? 0) }));
    parts.draw({ caption: "What was in RAM, and what of it is live", columns, rows: [...rows, { key: "total", kind: "total", name: "resident", bytes: wholes }] });
  }

  function drawSites(all, room, letter, isSelected) {
    const space = {};
    const sum = column => column.reduce((a, b) => a + b, 0);
    const whole = sum(all.pinned) || 1;
    const count = n => plainCount(amounts, n);
    const number = (id, title, help, write) => numeric(id, title, 92, help, row => row[id], write);
    const columns = [
      named("Site", space), number("pinned", "Pinned", "Free bytes in pages that blocks of the site keep: of such a page live blocks take less than a quarter", size),
      numeric("share", "%", 92, "", row => row.pinned / whole, percent, row => row.pinned / whole),
      number("pages", "Pages", "How many pages that are", count), number("blocks", "Blocks", "Live blocks of the site", amounts.count), number("bytes", "Live", "Live bytes of the site", amounts.size),
      sum(all.rounding) > 0 && number("rounding", "Rounding", "Bytes that the allocator gives more than was asked for, by its published rules", size),
    ].filter(Boolean);
    const fields = ["pinned", "pages", "blocks", "bytes", "rounding"];
    const rows = all.place.map((place, i) => ({
      key: String(i), kind: "row", name: place < 0 ? "… other sites" : names.place(place) + (all.type[i] >= 0 ? ` [${names.type(all.type[i])}]` : ""), where: names.where(place),
      selection: place < 0 ? null : { kind: "place", id: place, type: all.type[i] }, ...Object.fromEntries(fields.map(field => [field, all[field][i]])),
    }));
    for (const row of rows) row.selected = isSelected(row);
    rows.push({ key: "total", kind: "total", name: "all sites that pin pages", ...Object.fromEntries(fields.map(field => [field, sum(all[field])])) });
    sites.draw({ caption: "Sites whose blocks keep pages in RAM", columns: fitting(columns, room, letter, space), rows, sorted: "pinned" });
  }

  return { element: root, draw, mark: sites.mark, key: event => (parts.element.contains(document.activeElement) ? parts : sites).key(event) };
}
