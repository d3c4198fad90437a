// Where the boxes of a flame graph are. Boxes that are too narrow to be seen are one: what is empty below a box is what it
// has allocated itself.

const narrowest = 0.5; // pixels of CSS

// layBoxes returns the boxes that are seen of a tree, row by row, each row from left to right: a box of the tree, the top, fills
// the width, or where only a part is looked at (from, to: 0 to 1), that part of it does. Each is {box, chain, parent, x, w,
// row, kind, after, before, width, count}: kind is the box's, or "small" for many boxes (count), whose box is their caller; chain has all the
// boxes that it is, where chains of calls are one box.
export function layBoxes(tree, top, { width, from = 0, to = 1, chains = false }) {
  const rows = [];
  if (!top.width) return rows;
  const scale = width / (to - from) / top.width;
  const place = item => {
    const row = rows[item.row] ?? (rows[item.row] = []);
    row.push(item);
    return item;
  };
  const pending = [place(boxItem(top, null, -from * top.width * scale, top.width * scale, 0))];
  while (pending.length) {
    const item = pending.pop();
    if (item.kind === "small") continue;
    let box = item.box;
    let inside = tree.children(box);
    while (chains && isJoinedChain(box, inside)) {
      box = inside[0];
      item.chain.push(box);
      inside = tree.children(box);
    }
    pending.push(...innerItems(tree, item, box, scale, width).map(place));
  }
  for (const row of rows) row.sort((a, b) => a.x - b.x);
  return rows;
}

// innerItems returns the boxes in a box that are seen, each as an item; those that are too narrow as one.
function innerItems(tree, item, box, scale, width) {
  const items = [];
  let x = item.x;
  let small = [];
  const isSeen = w => x < width && x + w > 0;
  const addSmall = () => {
    const sum = smallItems(small);
    const w = sum.width * scale;
    if (w >= narrowest && isSeen(w)) items.push({ ...boxItem(box, item, x, w, item.row + 1), ...sum, kind: "small" });
    small = [];
    x += w;
  };
  for (const child of tree.children(box)) {
    const w = child.width * scale;
    if (w < narrowest) {
      small.push(child);
      continue;
    }
    if (small.length) addSmall();
    if (isSeen(w)) items.push(boxItem(child, item, x, w, item.row + 1));
    x += w;
  }
  if (small.length) addSmall();
  return items;
}

// isJoinedChain reports whether a box and the only one in it are to be one: then they have the same amounts.
function isJoinedChain(box, inside) {
  const [only] = inside;
  return inside.length === 1 && only.width === box.width && only.after === box.after && (only.kind === "function" || only.kind === "run") && box.kind !== "root";
}

function boxItem(box, parent, x, w, row) {
  return { box, chain: [box], parent, x, w, row, kind: box.kind, after: box.after, before: box.before, width: box.width, count: 1 };
}

function smallItems(boxes) {
  const sum = { after: 0, before: 0, width: 0, count: boxes.length };
  for (const b of boxes) {
    sum.after += b.after;
    sum.before += b.before;
    sum.width += b.width;
  }
  return sum;
}

// boxItemAt returns what is at a place: x, and the number of the row.
export function boxItemAt(rows, x, row) {
  const items = rows[row];
  if (!items) return null;
  let [low, high] = [0, items.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (items[middle].x <= x) low = middle + 1;
    else high = middle;
  }
  const item = items[low - 1];
  return item && x < item.x + Math.max(item.w, 1) ? item : null;
}

// itemBeside returns what an arrow key leads to from an item: its caller, the widest in it, or what is beside it.
export function itemBeside(rows, item, key) {
  const beside = (items, step) => items[items.indexOf(item) + step] ?? null;
  switch (key) {
    case "ArrowUp": return item.parent;
    case "ArrowDown": return widestItem((rows[item.row + 1] ?? []).filter(i => i.parent === item));
    case "ArrowLeft": return beside(rows[item.row], -1);
    case "ArrowRight": return beside(rows[item.row], 1);
    default: return null;
  }
}

function widestItem(items) {
  return items.reduce((best, i) => (!best || i.w > best.w ? i : best), null);
}
