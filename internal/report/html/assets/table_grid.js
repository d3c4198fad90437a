// A table that can be sorted, walked through with the keyboard, and opened: a real one, so that a browser's search, a
// screen reader and a printer know what it is.

import { element, replace } from "./dom.js";
import { shortened } from "./table_names.js";

// createGrid returns a table. on has functions that are told what the user does, as far as that does something: select(row),
// show(row), toggle(row), sort({id, descending}), more().
//
// draw takes
//
//	caption  what the table is of, for those who hear it
//	columns  {id, title, help, width, kind, value(row), text(row), bar(row)}: kind is name, number, text or picture; value is
//	         what it is sorted by (none: it is not); bar a number from -1 to 1; cell(row) an element instead of text
//	rows     {key, kind, opened, selected, …}: kind is row, part (below a row), fold, more or total; opened is undefined for what cannot be opened
//	sort     {id, descending}: how the rows are sorted; a table whose draw gets sorted, a column's id, sorts its rows itself
export function createGrid(on) {
  const tell = (what, ...all) => on[what]?.(...all);
  const caption = element("caption", { class: "unseen" });
  const widths = element("colgroup", {});
  const head = element("thead", {});
  const body = element("tbody", { onclick: click, ondblclick: doubleClick, onfocusin: focused });
  const foot = element("tfoot", {});
  const table = element("table", { class: "grid" }, caption, widths, head, body, foot);
  let shown = { rows: [], columns: [] };
  let byKey = new Map();
  let own = null; // how the user has sorted a table that does it itself
  let current = null; // key of the row that the Tab key leads to

  const rowsOf = () => [...body.rows];
  const keyOf = target => target.closest("tr[data-key]")?.dataset.key;

  function draw(next) {
    if (next.sorted) {
      next.sort = own ?? { id: next.sorted, descending: true };
      const column = next.columns.find(one => one.id === next.sort.id);
      if (column) next.rows = [...sortBy(next.rows.filter(row => row.kind !== "total"), column, next.sort.descending), ...next.rows.filter(row => row.kind === "total")];
    }
    const hadFocus = body.contains(document.activeElement) ? keyOf(document.activeElement) : null;
    shown = next;
    byKey = new Map(next.rows.map(row => [row.key, row]));
    caption.textContent = next.caption;
    replace(widths, next.columns.map(column => {
      const col = element("col", {});
      if (column.width) col.style.width = `${column.width}px`;
      return col;
    }));
    replace(head, element("tr", {}, next.columns.map(heading)));
    replace(body, next.rows.filter(row => row.kind !== "total").map(drawRow));
    replace(foot, next.rows.filter(row => row.kind === "total").map(drawRow));
    settle(hadFocus);
  }

  // settle gives the focus back to the row that had it, and leads the Tab key to one row.
  function settle(hadFocus) {
    const selected = shown.rows.find(row => row.selected)?.key;
    const walkable = rowsOf().map(tr => tr.dataset.key);
    current = [hadFocus, selected, current, walkable[0]].find(one => walkable.includes(one)) ?? null;
    for (const tr of rowsOf()) tr.tabIndex = tr.dataset.key === current ? 0 : -1;
    if (hadFocus) rowsOf().find(tr => tr.dataset.key === current)?.focus({ preventScroll: true });
  }

  // mark draws anew only which row is selected.
  function mark(isSelectedRow) {
    for (const tr of rowsOf()) {
      const row = byKey.get(tr.dataset.key);
      row.selected = isSelectedRow(row);
      if (row.selected) tr.setAttribute("aria-current", "true");
      else tr.removeAttribute("aria-current");
    }
  }

  function heading(column) {
    const sorted = shown.sort?.id === column.id;
    const properties = { scope: "col", class: `is-${column.kind}`, title: column.help };
    if (sorted) properties["aria-sort"] = shown.sort.descending ? "descending" : "ascending";
    if (!column.value) return element("th", properties, column.title);
    return element("th", properties, element("button", {
      type: "button", onclick: () => sort({ id: column.id, descending: sorted ? !shown.sort.descending : column.kind !== "name" && column.kind !== "text" }),
    }, column.title, element("span", { class: "arrow", "aria-hidden": "true" }, sorted ? (shown.sort.descending ? "▼" : "▲") : "")));
  }

  function sort(next) {
    if (!shown.sorted) return tell("sort", next);
    own = next;
    return draw(shown);
  }

  function drawRow(row) {
    const tr = element("tr", { class: row.kind, "data-key": row.key });
    if (row.selected) tr.setAttribute("aria-current", "true");
    tr.append(...shown.columns.map((column, i) => drawCell(row, column, i === 0)));
    return tr;
  }

  function drawCell(row, column, isFirst) {
    const cell = element(isFirst ? "th" : "td", { class: `is-${column.kind}` });
    if (isFirst) cell.scope = "row";
    const content = column.cell?.(row) ?? column.text?.(row);
    if (isFirst) {
      cell.append(row.opened === undefined ? element("span", { class: "toggle" }) : element("button", {
        type: "button", class: "toggle", tabIndex: -1, "aria-expanded": String(row.opened), "aria-label": row.opened ? "Close" : "Open", onclick: () => tell("toggle", row),
      }, row.opened ? "▾" : "▸"));
    }
    if (content !== null && content !== undefined) cell.append(content);
    const bar = row.kind === "total" || row.kind === "filtered" ? 0 : column.bar?.(row);
    if (bar) {
      cell.classList.add("bar", bar < 0 ? "falls" : "rises");
      cell.style.setProperty("--bar", `${(100 * Math.min(1, Math.abs(bar))).toFixed(2)}%`);
    }
    const title = column.titleOf?.(row);
    if (title) cell.title = title;
    return cell;
  }

  function click(event) {
    if (event.target.closest("button")) return;
    const row = byKey.get(keyOf(event.target));
    if (row) choose(row);
  }

  function choose(row) {
    if (row.kind === "more") tell("more", row);
    else if (row.kind === "fold") tell("toggle", row);
    else tell("select", row);
  }

  function doubleClick(event) {
    const row = byKey.get(keyOf(event.target));
    if (row && !event.target.closest("button") && (row.kind === "row" || row.kind === "part")) tell("show", row);
  }

  function focused(event) {
    const entered = keyOf(event.target);
    if (entered === undefined || entered === current) return;
    for (const tr of rowsOf()) if (tr.dataset.key === current) tr.tabIndex = -1;
    current = entered;
    event.target.closest("tr").tabIndex = 0;
  }

  // key handles a key that was pressed anywhere in the view.
  function key(event) {
    if (event.shiftKey) return false;
    const rows = rowsOf();
    if (!rows.length) return false;
    const within = body.contains(document.activeElement);
    const at = rows.findIndex(tr => tr.dataset.key === current);
    const to = { ArrowDown: at + (within ? 1 : 0), ArrowUp: at - 1, Home: 0, End: rows.length - 1, PageDown: at + 10, PageUp: at - 10 }[event.key];
    if (to !== undefined) return walk(rows[Math.max(0, Math.min(rows.length - 1, to))]);
    const row = byKey.get(current);
    if (!within || !row) return false;
    if (event.key === "Enter") {
      if (row.kind === "row" || row.kind === "part") tell("show", row);
      else choose(row);
      return true;
    }
    if (event.key === " ") {
      choose(row);
      return true;
    }
    if (row.opened !== undefined && row.opened === (event.key === "ArrowLeft") && /^Arrow(Left|Right)$/.test(event.key)) {
      tell("toggle", row);
      return true;
    }
    return false;
  }

  function walk(tr) {
    tr.focus();
    tr.scrollIntoView({ block: "nearest" });
    const row = byKey.get(tr.dataset.key);
    if (row.kind === "row" || row.kind === "part") tell("select", row, { walking: true });
    return true;
  }

  return { element: table, draw, mark, key, rows: () => shown.rows };
}

// named makes a column of what rows are called: name, and beside it where. space says how many letters there are, as fitting
// finds out.
export function named(title, space) {
  return { id: "name", title, kind: "name", value: row => row.name, titleOf: row => row.title ?? row.name, cell: row => nameAndPlace(row.name, row.where, space.letters) };
}

// nameAndPlace makes the content of a cell of so many letters: in little room where it is stands below the name.
export function nameAndPlace(name, where = "", letters = 200) {
  const isBelow = where && name.length + where.length > letters;
  const words = element("bdi", {}, shortened(name, Math.max(12, isBelow ? letters : letters - where.length)));
  return element("span", { class: isBelow ? "lines" : "names" }, words, where && element("bdi", { class: isBelow ? "below" : "where" }, where));
}

// fitting returns the first columns that there is room for, in pixels; the name's and two more in any. It sets the letters of
// the space that the name's then has.
export function fitting(columns, room, letter, space) {
  let used = 270;
  const fit = columns.filter((column, i) => {
    used += column.width ?? 0;
    return i < 3 || used <= room;
  });
  space.letters = Math.floor((room - fit.reduce((sum, column) => sum + (column.width ?? 0), 0)) / letter) - 5;
  return fit;
}

// numeric makes a column of numbers: read(row) is what it is sorted by, write(number, row) its text, bar(row) as createGrid has it.
export function numeric(id, title, width, help, read, write, bar) {
  return { id, title, kind: "number", width, help, value: read, text: row => write(read(row), row), bar };
}

// sortBy sorts rows by a column; of equal ones those come first that have more otherwise.
export function sortBy(rows, column, descending, otherwise = () => 0) {
  const sign = descending ? -1 : 1;
  const keyed = rows.map(row => [column.value(row), row]);
  keyed.sort(([a, rowA], [b, rowB]) => sign * (typeof a === "string" ? a.localeCompare(b) : a - b) || otherwise(rowB) - otherwise(rowA));
  keyed.forEach(([, row], i) => { rows[i] = row; });
  return rows;
}
