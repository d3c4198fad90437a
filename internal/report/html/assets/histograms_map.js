// The map of stacks by the average size and lifetime of their blocks: a table, the darker a field the more of the metric is there.
// A rectangle of fields is chosen with a mouse, a finger, or the keyboard.

import { element, replace } from "./dom.js";
import { binsOf, brushOf, brushWords, edgesOf, rectangleOf } from "./histograms_brush.js";
import { plainSize, roundly } from "./table_names.js";

// createMap returns the map. on is told of the brush that the user chooses; null: of all stacks.
export function createMap(app, on) {
  const { amounts } = app;
  const table = element("table", { class: "map", onpointerdown: press, onpointermove: drag, onpointerup: () => isDragging && choose(), onpointercancel: stop, onfocusout: () => isDragging || stop() });
  const output = element("output", { class: "quiet mapsaid" });
  let now = null; // what is drawn
  let fields = []; // each with its x and y
  let from = null; // the field where a choice began, and where it is
  let to = null;
  let isDragging = false;

  const fieldOf = target => fields.find(field => field.td === target?.closest?.("td"));
  const around = (a, b) => ({ x0: Math.min(a.x, b.x), x1: Math.max(a.x, b.x), y0: Math.min(a.y, b.y), y1: Math.max(a.y, b.y) });
  const isIn = (field, chosen) => field.x >= chosen.x0 && field.x <= chosen.x1 && field.y >= chosen.y0 && field.y <= chosen.y1;

  function press(event) {
    const field = fieldOf(event.target);
    if (!field || event.button) return;
    event.preventDefault();
    table.setPointerCapture(event.pointerId);
    walk(field);
    isDragging = true;
    extend(field, field);
  }

  function drag(event) {
    const field = isDragging && fieldOf(document.elementFromPoint(event.clientX, event.clientY));
    if (field) extend(from, field);
  }

  function extend(first, last) {
    [from, to] = [first, last];
    mark();
  }

  function stop() {
    isDragging = false;
    extend(null, null);
  }

  function choose() {
    const brush = brushOf(now.edges, around(from, to));
    stop();
    on(brush);
  }

  // walk moves the focus, which the Tab key comes back to.
  function walk(field) {
    for (const one of fields) one.td.tabIndex = one === field ? 0 : -1;
    field.td.focus({ preventScroll: isDragging });
  }

  // key handles a key; a field has the focus.
  function key(event) {
    const field = fieldOf(document.activeElement);
    if (!field) return false;
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
    if (step) {
      const next = fields.find(one => one.x === field.x + step[0] && one.y === field.y + step[1]) ?? field;
      const first = event.shiftKey ? from ?? field : next;
      walk(next);
      extend(first, next);
    } else if (event.key === "Enter" || event.key === " ") {
      if (!from) extend(field, field);
      choose();
    } else if (event.key !== "Escape" || !(from || now.brush)) {
      return false;
    } else if (from) {
      stop();
    } else {
      on(null);
    }
    return true;
  }

  function draw(averages, values, total, metric, brush) {
    const edges = edgesOf(averages, values);
    const bins = binsOf(averages, edges, values);
    const lane = Math.max(0, edges.lives.length - 1);
    const had = fieldOf(document.activeElement);
    now = { edges, bins, total, metric, brush, lane };
    fields = [];
    const byKey = new Map(bins.map(bin => [bin.key, bin]));
    const sizes = edges.sizes.slice(1);
    const rows = [...(edges.never ? [lane] : []), ...edges.lives.slice(1).map((_, i) => lane - 1 - i)];
    replace(table,
      element("caption", { class: "unseen" }, "Stacks by the average size and lifetime of their blocks. Arrows walk, Shift and arrows widen, Enter shows only these, Escape all."),
      element("thead", {}, element("tr", {}, element("th", { scope: "col" }, "Lifetime"), sizes.map(size => element("th", { scope: "col" }, roundly(plainSize(amounts, size)))))),
      element("tbody", {}, rows.map(y => element("tr", {}, element("th", { scope: "row" }, y === lane ? "not freed" : roundly(amounts.time(edges.lives[y + 1]))), sizes.map((_, x) => drawField(byKey.get(`${x} ${y}`), x, y))))));
    const start = had ?? bins.reduce((a, b) => (b.amount > a.amount ? b : a), bins[0]);
    const first = fields.find(one => one.x === start?.x && one.y === start?.y);
    if (first) first.td.tabIndex = 0;
    if (had) first?.td.focus({ preventScroll: true });
    mark();
  }

  function drawField(bin, x, y) {
    const share = bin && now.total ? bin.amount / now.total : 0;
    const td = element("td", { tabIndex: -1, class: bin ? (y === now.lane ? "never" : "some") : "", title: bin ? wordsOf(around(bin, bin)) : "" }, share >= 0.005 ? amounts.percent(Math.round(100 * share), 100).replace(".0", "") : "");
    td.style.setProperty("--much", `${Math.round(14 + 56 * Math.sqrt(share))}%`);
    fields.push({ td, x, y });
    return td;
  }

  // mark shows the rectangle that is being chosen, or else the one that is.
  function mark() {
    const chosen = from ? around(from, to) : now.brush && rectangleOf(now.edges, now.brush);
    for (const field of fields) field.td.classList.toggle("in", Boolean(chosen) && isIn(field, chosen));
    output.textContent = chosen ? wordsOf(chosen) : "Drag over fields, or walk with the arrow keys and Shift, and press Enter: all views then show these stacks only.";
  }

  function wordsOf(chosen) {
    const { edges, bins, total, metric } = now;
    const within = bins.filter(bin => isIn(bin, chosen));
    const sum = name => within.reduce((all, bin) => all + bin[name], 0);
    return `${brushWords(app, brushOf(edges, chosen))}: ${amounts.of(metric, sum("amount"))}, ${amounts.percent(sum("amount"), total)}, in ${sum("stacks")} ${sum("stacks") === 1 ? "stack" : "stacks"}`;
  }

  return { element: element("div", { class: "mapplace" }, element("div", { class: "mapscroll" }, table), output), draw, key };
}
