// The view Flame: calls as boxes, each within its caller, as wide as what was allocated through it.

import { thousands } from "./amounts.js";
import { buildTree } from "./calltree.js";
import { findBox, followSteps, isMarkedBox, markCalls, matchesOf, selectionOf, stepsOf } from "./calltree_find.js";
import { createBoxNames } from "./calltree_names.js";
import { createColors } from "./colors.js";
import { element, replace } from "./dom.js";
import { createOutline } from "./flame_aria.js";
import { createFlameBar } from "./flame_bar.js";
import { followPointer } from "./flame_pointer.js";
import { boxItemAt, itemBeside, layBoxes } from "./flame_layout.js";
import { createPainter, rowHeight } from "./flame_paint.js";
import { createTip } from "./flame_tip.js";
import { expression } from "./model.js";
import { subjectOf } from "./subject.js";

export function createFlame(app) {
  const { amounts, model, page, state } = app;
  const names = createBoxNames(app);
  const colors = app.colors = createColors(app);

  let parts = null; // of the view, while it is shown: bar, scroll, spacer, painter, tip, outline
  let values = state.get();
  let known = { choice: "", tree: null };
  let top = null; // the box that fills the width
  let part = [0, 1]; // what of it is looked at
  let rows = [];
  let here = null; // the box that the arrows move from
  let hovered = null;
  let matches = null; // boxes whose names match the filter
  let matching = { re: "", known: new Map() }; // which names match
  let waiting = 0;

  const metric = () => model.metric(values);

  // treeOf returns the tree that is shown: the same as long as it is the same choice.
  function treeOf() {
    const { range, filter, brush, fold, inverted } = values;
    const choice = JSON.stringify([range, filter, brush, fold, inverted, metric().name, page.count]);
    if (known.choice !== choice) known = { choice, tree: buildTree(app, values, { whole: true }) };
    return known.tree;
  }

  function mount(place) {
    const canvas = element("canvas", { class: "flame-canvas", "aria-hidden": "true" });
    const spacer = element("div", { class: "flame-spacer" });
    const scroll = element("div", { class: "flame-scroll", onscroll: () => { hover(null); paint(); } }, element("div", { class: "flame-hold" }, canvas), spacer);
    const stage = element("div", { class: "flame-stage" }, scroll);
    const bar = createFlameBar(app, { zoom });
    replace(place, element("div", { class: "flame" }, bar.element, stage));
    const outline = createOutline(stage, { pick: box => choose(box), open: zoom });
    parts = { bar, scroll, spacer, canvas, outline, painter: createPainter(canvas), tip: createTip(app, names, stage), stage };
    followPointer(scroll, {
      at: (x, y) => boxItemAt(rows, x, Math.floor((y + scroll.scrollTop) / rowHeight)),
      hover, press, part: () => part, setPart, focus: () => place.focus({ preventScroll: true }),
    });
    known = { choice: "", tree: null };
  }

  function update(next) {
    const before = known.tree;
    values = next;
    const tree = treeOf();
    if (tree !== before) {
      here = here && followSteps(tree, stepsOf(here));
      matches = null;
    }
    const nextTop = findBox(tree, values.zoom, values.site) ?? tree.root;
    if (nextTop !== top) {
      top = nextTop;
      part = [0, 1];
      parts.scroll.scrollTop = 0;
    }
    parts.marks = markCalls(app, tree, model.cut(values).list, subjectOf(page, values.selection));
    if (here && !isHere(here)) here = null;
    hovered = null;
    parts.tip.hide();
    arrange();
  }

  // isHere reports whether a box is what is selected: it may have been selected elsewhere since.
  function isHere(box) {
    const list = model.cut(values).list;
    return JSON.stringify(selectionOf(known.tree, list, box)) === JSON.stringify(values.selection);
  }

  // arrange lays the boxes out and draws all.
  function arrange() {
    if (!parts) return;
    const width = parts.scroll.clientWidth;
    rows = layBoxes(known.tree, top, { width, from: part[0], to: part[1], chains: values.chains });
    parts.spacer.style.height = `${rows.length * rowHeight}px`;
    parts.bar.update(values, { top, tree: known.tree, names, colors, metric: metric() });
    parts.stage.classList.toggle("none", rows.length === 0);
    drawOutline();
    paint();
  }

  function drawOutline() {
    const path = new Set();
    for (let b = here ?? top; b; b = b.parent) path.add(b);
    const node = box => ({
      box, label: labelOf(box), hasInside: known.tree.children(box).length > 0,
      items: path.has(box) && (box !== here || here === top) || box === here ? known.tree.children(box).map(node) : null,
    });
    parts.outline.update(top.width ? node(top) : null, here ?? top, `Calls, by ${app.names.metric(metric(), Boolean(values.range))}, the widest first`);
  }

  function labelOf(box) {
    const share = model.isDiff ? "" : `, ${amounts.percent(box.after, known.tree.root.after)}`;
    const where = names.where(box);
    return `${names.name(box)}, ${names.amount(metric(), box)}${share}${where ? `, ${where}` : ""}`;
  }

  function paint() {
    if (!parts) return;
    const { scroll, painter } = parts;
    const theme = document.documentElement.dataset.theme === "dark" ? "dark" : "light";
    const style = getComputedStyle(scroll);
    const color = name => style.getPropertyValue(name).trim();
    const isMatch = matcher();
    const height = Math.max(scroll.clientHeight, 1);
    painter.paint(rows, {
      width: scroll.clientWidth, height, scrolled: scroll.scrollTop, hovered,
      colors: { paper: colors.paper(theme), ink: colors.ink(theme), accent: color("--accent"), quiet: color("--quiet") },
      look: {
        fill: item => (item.kind === "small" ? colors.fill({ ...item, kind: "small" }, values.color, theme) : colors.fill(item.box, values.color, theme)),
        isLit: item => !item.box.match || (item.kind !== "small" && item.box.match.width > 0),
        isMatch: item => isMatch !== null && item.kind !== "small" && item.chain.some(isMatch),
        isChosen: item => (item.kind === "small" ? 0 : item.chain.includes(here) ? 2 : item.chain.some(b => isMarkedBox(b, parts.marks)) ? 1 : 0),
        label,
      },
    });
  }

  // amountOn is what stands on a box: of a diff the change.
  function amountOn({ after, before }) {
    const now = amounts.of(metric(), after);
    if (!model.isDiff) return now;
    return after === before ? `= ${now}` : amounts.signed(metric(), after - before);
  }

  function label(item) {
    const amount = amountOn(item);
    if (item.kind === "small") return { name: `… ${thousands(item.count)} smaller`, where: "", amount };
    const last = item.chain[item.chain.length - 1];
    return { name: item.chain.map(names.short).join(" → "), where: names.where(last), amount };
  }

  function hover(item, x, y) {
    if (item !== hovered) {
      hovered = item;
      cancelAnimationFrame(waiting);
      waiting = requestAnimationFrame(paint);
    }
    if (!item) return parts.tip.hide();
    return parts.tip.show(item, { metric: metric(), total: known.tree.root, inverted: values.inverted }, x, y);
  }

  // choose selects a box; a step for the back button only where it fills the picture then.
  function choose(box, changes = {}, step = false) {
    here = box;
    const selection = selectionOf(known.tree, model.cut(values).list, box);
    const isSame = JSON.stringify(selection) === JSON.stringify(values.selection) && !Object.keys(changes).length;
    state.set({ selection, ...changes }, { step });
    if (isSame) arrange();
    requestAnimationFrame(() => reveal(box));
  }

  function reveal(box) {
    const row = rows.findIndex(items => items.some(i => i.kind !== "small" && i.chain.includes(box)));
    if (row < 0) return;
    const { scroll } = parts;
    const y = row * rowHeight;
    if (y < scroll.scrollTop) scroll.scrollTop = y;
    else if (y + rowHeight > scroll.scrollTop + scroll.clientHeight) scroll.scrollTop = y + rowHeight - scroll.clientHeight;
  }

  // zoom has a box fill the width, or what it is in, where it is of many.
  function zoom(box) {
    let to = box;
    while (to.depth > 0 && (to.node <= 0 || to.kind === "rest" || to.kind === "type" || to.kind === "elsewhere")) to = to.parent;
    const isSite = !values.inverted && to.kind === "function";
    choose(box, to.depth > 0 ? { zoom: to.node, site: isSite ? to.node : to.site } : { zoom: 0, site: 0 }, true);
  }

  // press is a click: what fills the width already gives way to its caller.
  function press(item) {
    if (!item) return;
    if (item.kind === "small") zoom(item.box);
    else if (item.chain.includes(top) && top.parent) zoom(top.parent);
    else zoom(item.chain[0]);
  }

  function setPart(from, to) {
    const span = Math.min(1, Math.max(to - from, 1e-6));
    const start = Math.min(Math.max(0, from), 1 - span);
    if (start === part[0] && start + span === part[1]) return;
    part = [start, start + span];
    arrange();
  }

  // itemOf returns where a box is drawn.
  function itemOf(box) {
    for (const items of rows) for (const i of items) if (i.kind !== "small" && i.chain.includes(box)) return i;
    return null;
  }

  // matcher returns what tells whether a box's own name matches the filter; null without one.
  function matcher() {
    const re = expression(values.filter);
    if (matching.re !== String(re)) matching = { re: String(re), known: new Map() };
    const test = (id, text) => {
      if (!matching.known.has(id)) matching.known.set(id, re.test(text));
      return matching.known.get(id);
    };
    return re && (box => (box.kind === "function" ? test(box.function, names.ofFunction(box.function)) : box.kind === "type" && test(`type ${box.type}`, app.names.type(box.type))));
  }

  // nextMatch selects the next of the boxes that match the filter by themselves, the widest first.
  function nextMatch(step) {
    const isMatch = matcher();
    if (!isMatch) return false;
    matches ??= matchesOf(known.tree, isMatch);
    if (!matches.length) return true;
    const at = matches.indexOf(here);
    const box = matches[(at + step + matches.length) % matches.length] ?? matches[0];
    const item = itemOf(box);
    if (item && item.w >= 12) choose(box);
    else zoom(box.parent);
    if (!item || item.w < 12) choose(box);
    return true;
  }

  function key(event) {
    if (!parts || !rows.length) return false;
    if (event.key.startsWith("Arrow")) {
      const item = here && itemOf(here);
      const to = item ? itemBeside(rows, item, event.key) : rows[0][0];
      if (to && to.kind !== "small") choose(to.chain[0]);
      else if (event.key === "ArrowUp" && item && !item.parent && top.parent) zoom(top.parent);
      return true;
    }
    switch (event.key) {
      case "Enter":
        if (!here) return false;
        zoom(here === top && top.parent ? top.parent : here);
        return true;
      case "Escape":
        if (part[0] > 0 || part[1] < 1) setPart(0, 1);
        else if (values.zoom) state.set({ zoom: 0, site: 0 });
        else return false;
        return true;
      case "n": return nextMatch(1);
      case "N": return nextMatch(-1);
      case "i":
        state.set({ inverted: !values.inverted, zoom: 0, site: 0 });
        return true;
      default: return false;
    }
  }

  // drawn returns what is drawn, for tests: the outermost boxes, and what the top has allocated itself.
  function drawn() {
    const [first] = rows[0] ?? [];
    const side = name => {
      const inside = (rows[1] ?? []).map(i => i[name]);
      const total = first?.[name] ?? 0;
      const own = total - inside.reduce((a, b) => a + b, 0);
      return { total, parts: own ? [...inside, own] : inside };
    };
    return { metric: metric().name, ...side("after"), ...(model.isDiff ? { before: side("before") } : {}) };
  }

  return { name: "flame", title: "Flame", mount, update, key, resize: arrange, drawn };
}
