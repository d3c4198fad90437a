// The rows of a tree of calls as a table that opens: which there are, and which are one.

// leastFolded is how many calls a chain must have between its first and its last for these to share a row.
const leastFolded = 3;

// A caller shows only so many of its callees at first, and those with a thousandth of all; asked for more, so many more.
const shownFirst = 12;
export const shownMore = 50;
const leastShown = 0.001;

// openRows has as many boxes of a tree opened as fill so many rows, the widest first.
export function openRows(tree, isDiff, rows) {
  const open = new Set([tree.root]);
  const candidates = [tree.root];
  let count = 1;
  while (candidates.length && count < rows) {
    candidates.sort((a, b) => rowWeight(b, isDiff) - rowWeight(a, isDiff));
    const box = candidates.shift();
    const inside = tree.children(box);
    if (!inside.some(child => child.kind !== "type")) continue;
    open.add(box);
    const shown = inside.filter(child => rowWeight(child, isDiff) >= rowWeight(tree.root, isDiff) * 0.02);
    count += inside.length === 1 ? 0 : shown.length;
    candidates.push(...shown);
  }
  return open;
}

// rowWeight is what rows are sorted by: in a diff the change.
export function rowWeight(box, isDiff) {
  return isDiff ? Math.abs(box.after - box.before) : box.after;
}

// rowsOf returns the rows of a tree below its root, or with it. Each is {box, first (of a chain), between (how many frames it leaves
// out), types (what it is of, if that is one), level, indent, hasInside, isOpen, parent (a row), kind: "box" or "more" (count
// boxes that are not shown, with after, before and width)}. choice tells what the user has chosen: isOpen(box), shown(box),
// fold, isDiff.
export function rowsOf(tree, choice, withRoot) {
  const rows = [];
  const least = rowWeight(tree.root, choice.isDiff) * leastShown;

  function addRow(box, parent, level, indent) {
    const row = { kind: "box", first: box, between: null, parent, level, indent, after: box.after, before: box.before, width: box.width };
    const { last, between } = choice.fold && box.parent ? chainOf(tree, box) : { last: box, between: null };
    row.between = between;
    row.box = last;
    let inside = tree.children(last);
    row.type = inside.length === 1 && inside[0].kind === "type" && inside[0].width === last.width ? inside[0].type : -1;
    if (row.type >= 0) inside = [];
    row.hasInside = inside.length > 0;
    row.isOpen = row.hasInside && choice.isOpen(last);
    rows.push(row);
    if (row.isOpen) addInside(last, inside, row, level + 1, inside.length === 1 && box.parent ? indent : indent + 1);
  }

  function addInside(box, all, parent, level, indent) {
    const sorted = choice.isDiff ? [...all].sort((a, b) => (a.kind === "rest") - (b.kind === "rest") || rowWeight(b, true) - rowWeight(a, true)) : all;
    const most = choice.shown(box) || shownFirst;
    const worth = choice.shown(box) ? most : Math.min(most, Math.max(sorted.filter(b => rowWeight(b, choice.isDiff) >= least).length, 1));
    const isCut = sorted.length > worth + 1; // one more row is no longer than the row that says so
    for (const child of isCut ? sorted.slice(0, worth) : sorted) addRow(child, parent, level, indent);
    if (isCut) rows.push(moreRow(box, sorted.slice(worth), parent, level, indent));
  }

  if (withRoot) addRow(tree.root, null, 1, 0);
  else addInside(tree.root, tree.children(tree.root), null, 1, 0);
  return rows;
}

function moreRow(box, left, parent, level, indent) {
  const row = { kind: "more", box, count: left.length, parent, level, indent, hasInside: false, isOpen: false, after: 0, before: 0, width: 0 };
  for (const b of left) {
    row.after += b.after;
    row.before += b.before;
    row.width += b.width;
  }
  return row;
}

// chainOf returns the last of the calls that share a row with a box: its only callee, the only callee of that and so on,
// which have its numbers; and how many frames are between, at least and at most. A caller's only callee has the same numbers.
function chainOf(tree, box) {
  let last = box;
  const chain = [];
  for (;;) {
    const inside = tree.children(last);
    const [only] = inside;
    if (inside.length !== 1 || only.width !== last.width || only.after !== last.after || (only.kind !== "function" && only.kind !== "run")) break;
    last = only;
    chain.push(only);
  }
  const isRunLast = last.kind === "run";
  if (chain.length <= leastFolded || isRunLast || box.kind !== "function") return { last: box, between: null };
  const inner = chain.slice(0, -1);
  const sum = name => inner.reduce((all, b) => all + (b.kind === "run" ? b[name] : 1), 0);
  return { last, between: [sum("least"), sum("most")] };
}
