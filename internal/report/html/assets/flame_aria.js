// The flame graph as a tree for those who do not see the canvas, and for the keyboard: it has the boxes from the top to the
// one that is chosen, opened, and all that is in these.

import { element, replace } from "./dom.js";

const mostShown = 40; // boxes in one box

// createOutline returns the tree. pick(item) is called when one is chosen, open(item) when it is to fill the picture. What it
// shows is given to update as items: {box, label, level, items (null: not open), hasInside}.
export function createOutline(root, { pick, open }) {
  const tree = element("ul", { role: "tree", class: "flame-tree", onkeydown: walk, "aria-label": "Calls" });
  root.append(tree);
  let elements = new Map(); // of each box
  let chosen = null;

  function make(node, level) {
    const e = element("li", {
      role: "treeitem", tabIndex: -1, "aria-level": level, "aria-selected": String(node.box === chosen), "aria-expanded": node.hasInside ? String(Boolean(node.items)) : null,
      onclick: event => {
        event.stopPropagation();
        pick(node.box);
      },
    }, element("span", {}, node.label));
    elements.set(node.box, e);
    e.box = node.box;
    if (node.items) {
      e.append(element("ul", { role: "group" }, node.items.slice(0, mostShown).map(inside => make(inside, level + 1)),
        node.items.length > mostShown ? element("li", { role: "treeitem", tabIndex: -1, "aria-level": level + 1, "aria-disabled": "true" }, element("span", {}, `… ${node.items.length - mostShown} more`)) : null));
    }
    return e;
  }

  function walk(event) {
    const all = [...tree.querySelectorAll("[role=treeitem]:not([aria-disabled])")];
    const at = all.indexOf(event.target.closest("[role=treeitem]"));
    const here = all[at];
    if (!here || event.ctrlKey || event.metaKey || event.altKey) return;
    const isOpen = here.getAttribute("aria-expanded") === "true";
    const to = {
      ArrowDown: () => all[at + 1], ArrowUp: () => all[at - 1], Home: () => all[0], End: () => all[all.length - 1],
      ArrowRight: () => (isOpen ? all[at + 1] : here), ArrowLeft: () => here.parentElement.closest("[role=treeitem]"),
    }[event.key];
    if (to) {
      const e = to();
      if (e) pick(e.box);
    } else if (event.key === "Enter" || event.key === " ") open(here.box);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  return {
    // update draws the tree anew; what had the focus in it has it again.
    update(top, box, words) {
      const focused = tree.contains(document.activeElement);
      chosen = box;
      elements = new Map();
      tree.setAttribute("aria-label", words);
      replace(tree, top ? make(top, 1) : null);
      const e = elements.get(box) ?? tree.firstElementChild;
      if (!e) return;
      e.tabIndex = 0;
      if (focused) {
        e.focus({ preventScroll: true });
        e.firstElementChild.scrollIntoView({ block: "nearest" });
      }
    },
    hasFocus: () => tree.contains(document.activeElement),
  };
}
