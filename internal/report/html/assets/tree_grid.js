// A tree of calls as a table that opens (an ARIA treegrid): amounts, bars, what calls allocate themselves, names.

import { thousands } from "./amounts.js";
import { stepsOf } from "./calltree_find.js";
import { element, quotedName, replace } from "./dom.js";
import { openRows, rowsOf, shownMore } from "./tree_rows.js";

const opensFirst = 24; // rows, as far as the widest branches fill them

// createTreeGrid returns the table. on has pick(box): a row is selected; enter(box): it is asked for; words: what the table is;
// own: what the column of a call itself is called; withRoot: the root is a row.
export function createTreeGrid(app, names, on) {
  const { amounts, model } = app;
  const table = element("table", { class: "calls", role: "treegrid", "aria-label": on.words, onkeydown: walk });
  const wrap = element("div", { class: "calls-wrap" }, table);
  const head = [...(model.isDiff ? [["change", ""], ["before", "extra"], ["after", ""]] : [["amount", ""], ["", "extra"]]), [on.own, "extra"]];
  const chosen = new Map(); // what the user has opened and closed, by the way to it
  const more = new Map(); // how many rows below a box are shown
  let about = null; // tree, metric, whole, isChosen
  let first = new Set(); // what is open unless the user says otherwise
  let rows = [];
  let at = 0; // the row that has the focus, or would

  const wayTo = box => stepsOf(box).join(" ");

  function update(next) {
    if (about?.tree !== next.tree) first = openRows(next.tree, model.isDiff, opensFirst);
    about = next;
    draw();
  }

  function draw() {
    const hadFocus = table.contains(document.activeElement);
    rows = rowsOf(about.tree, {
      fold: about.fold, isDiff: model.isDiff, shown: box => more.get(wayTo(box)),
      isOpen: box => chosen.get(wayTo(box)) ?? first.has(box),
    }, on.withRoot);
    at = Math.max(0, Math.min(at, rows.length - 1));
    replace(table,
      element("thead", {}, element("tr", {}, head.map(([text, kind]) => element("th", { scope: "col", class: `number ${kind}` }, text)), element("th", { scope: "col" }, on.words))),
      element("tbody", {}, rows.map(rowElement)));
    if (hadFocus) focusRow(at);
  }

  const cell = (kind, ...inside) => element("td", { class: kind }, inside);

  function rowElement(row, i) {
    return element("tr", {
      tabIndex: i === at ? 0 : -1, "aria-level": row.level, "aria-expanded": row.hasInside ? String(row.isOpen) : null,
      "aria-selected": String(row.kind === "box" && about.isChosen(row.box)),
      onclick: event => click(event, i), ondblclick: () => row.kind === "box" && on.enter(row.box),
    }, amountCells(row), cell("number quiet extra", ownOf(row)), nameCell(row));
  }

  function amountCells({ after, before }) {
    const { metric, whole } = about;
    if (!model.isDiff) return [barred("", amounts.of(metric, after), after / whole.after), cell("number quiet extra", amounts.percent(after, whole.after))];
    const change = after - before;
    const part = Math.abs(change) / Math.max(whole.after, whole.before, 1);
    const side = n => (n ? amounts.of(metric, n) : "–");
    return [barred(change > 0 ? "more" : change < 0 ? "less" : "", amounts.signed(metric, change), part), cell("number quiet extra", side(before)), cell("number quiet", side(after))];
  }

  function barred(kind, text, part) {
    const e = cell(`number barred ${kind}`, text);
    e.style.setProperty("--bar", `${Math.min(100, 100 * part)}%`);
    return e;
  }

  function ownOf({ kind, box }) {
    if (kind === "more" || box.kind === "type" || !box.own.width) return "";
    return model.isDiff ? amounts.signed(about.metric, box.own.after - box.own.before) : amounts.of(about.metric, box.own.after);
  }

  function nameCell(row) {
    const { between, box, first: leading, type } = row;
    const e = cell("calls-name", element("span", { class: "twisty", "aria-hidden": "true" }, row.hasInside ? (row.isOpen ? "▾" : "▸") : ""));
    e.style.setProperty("--indent", Math.min(row.indent, 24));
    if (row.kind === "more") {
      e.append(element("span", { class: "link" }, `… ${thousands(row.count)} more`));
      return e;
    }
    if (between) e.append(quotedName(names.short(leading), { title: names.name(leading) }), element("span", { class: "quiet between" }, ` ⋯${[...new Set(between)].join("–")} `));
    e.append(quotedName(between ? names.short(box) : names.name(box), { class: box.kind === "function" ? "" : "quiet", title: [names.name(box), names.wherefrom(box) || names.remark(box)].join("\n") }),
      element("bdi", { class: "calls-type" }, type < 0 ? "" : ` [${app.names.type(type)}]`), element("span", { class: "quiet where" }, ` ${names.where(box)}`));
    return e;
  }

  function toggle(i, open = !rows[i].isOpen) {
    const row = rows[i];
    if (row.kind === "more") more.set(wayTo(row.box), rows.filter(r => r.parent === row.parent && r.kind === "box").length + shownMore);
    else if (row.hasInside) chosen.set(wayTo(row.box), open);
    at = i;
    draw();
  }

  function click(event, i) {
    if (getSelection()?.toString()) return;
    const row = rows[i];
    at = i;
    if (row.kind === "more" || event.target.closest(".twisty")) toggle(i);
    else on.pick(row.box);
    focusRow(at);
  }

  function focusRow(i) {
    const body = table.tBodies[0];
    for (const e of body.rows) e.tabIndex = -1;
    at = i;
    const e = body.rows[i];
    if (!e) return;
    e.tabIndex = 0;
    e.focus({ preventScroll: true });
    e.scrollIntoView({ block: "nearest" });
  }

  function walk(event) {
    const row = rows[at];
    if (!row || event.ctrlKey || event.metaKey || event.altKey) return;
    const move = to => to >= 0 && to < rows.length && focusRow(to);
    const keys = {
      ArrowDown: () => move(at + 1), ArrowUp: () => move(at - 1), Home: () => move(0), End: () => move(rows.length - 1),
      ArrowRight: () => (row.hasInside && !row.isOpen ? toggle(at, true) : row.isOpen && move(at + 1)),
      ArrowLeft: () => (row.isOpen ? toggle(at, false) : row.parent && move(rows.indexOf(row.parent))),
      Enter: () => (row.kind === "more" ? toggle(at) : on.enter(row.box)),
      " ": () => (row.kind === "more" ? toggle(at) : on.pick(row.box)),
    };
    if (!Object.hasOwn(keys, event.key)) return;
    keys[event.key]();
    event.preventDefault();
    event.stopPropagation();
  }

  // outer returns the numbers of the outermost rows, as they are shown.
  function outer(side) {
    return rows.filter(r => r.level === (on.withRoot ? 2 : 1)).map(r => r[side]);
  }

  return { element: wrap, update, focus: () => focusRow(at), outer };
}
