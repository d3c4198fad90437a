// A picture of who held the memory: each owner as wide as what it retained, and below it what hangs on it. The table beside it
// tells the same.

import { drawing } from "./dom.js";
import { treeOf } from "./owners_rows.js";
import { shortened } from "./table_names.js";

const heldRow = 20;
const heldDepth = 6;

// createHeldMap returns the picture; on is told which row was chosen: an owner's, or the index of a thing below it.
export function createHeldMap(app, on) {
  const picture = drawing("svg", { class: "heldmap", "aria-hidden": "true", onclick: event => {
    const key = event.target.closest("g")?.dataset.key;
    if (key) on(key);
  } });

  function draw(rows, whole, width, letter) {
    const boxes = [];
    let x = 0;
    let depths = 1;
    const add = (key, role, depth, from, size, words, bytes) => {
      if (size * width < (depth ? 3 : 1) || depth >= heldDepth) return false;
      depths = Math.max(depths, depth + 1);
      boxes.push(box({ key, role, depth, x: from * width, width: size * width, words, bytes, letter }));
      return true;
    };
    const addTree = (row, nodes, depth, from) => {
      let at = from;
      for (const node of nodes) {
        const size = node.thing.retained[0] / whole;
        const words = node.thing.type || app.names.place(node.thing.place);
        if (add(`${row.key} ${node.index}`, row.role, depth, at, size, words, node.thing.retained[0])) addTree(row, node.children, depth + 1, at);
        at += size;
      }
    };
    for (const row of rows) {
      const size = row.retained[0] / whole;
      if (add(row.key, row.role, 0, x, size, row.name, row.retained[0])) addTree(row, treeOf(row.things ?? []), 1, x);
      x += size;
    }
    picture.setAttribute("width", width);
    picture.setAttribute("height", depths * heldRow);
    picture.replaceChildren(...boxes);
  }

  function box({ key, role, depth, x, width, words, bytes, letter }) {
    const amount = app.amounts.size(bytes);
    const letters = Math.floor((width - 10) / letter);
    const text = words.length + amount.length + 2 <= letters ? `${words}  ${amount}` : shortened(words, letters);
    return drawing("g", { "data-key": key, class: `held-${role}` },
      drawing("rect", { x: x.toFixed(2), y: depth * heldRow, width: Math.max(0.5, width - 1).toFixed(2), height: heldRow - 1 }),
      drawing("title", {}, `${words}: ${amount}`),
      letters >= 4 && drawing("text", { x: (x + 5).toFixed(2), y: depth * heldRow + 14 }, text));
  }

  return { element: picture, draw };
}
