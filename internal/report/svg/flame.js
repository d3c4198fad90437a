// What a flame graph does in a browser. Go writes the drawing, so that it can
// be seen without this, and `data`, whose fields scriptData in write.go describes.

const svg = document.currentScript.ownerSVGElement;
const [boxes, names, status] = [".frames", ".names", ".status"].map(c => svg.querySelector(c));
const note = status.textContent;

// From a picture of fixed size to one that follows the window: all places are
// in percent already.
svg.removeAttribute("viewBox");
svg.setAttribute("width", "100%");

// Frames in the order of the file: callers before their callees, so that what
// is below a frame follows it, and callees from left to right.
const rests = new Set(data.rests?.map(String));
const next = []; // of each depth: where the next callee of a frame there begins
const frames = [...boxes.children].map(el => {
  const [name, short, module] = data.names[el.dataset.n];
  const [depth, value] = [(el.getAttribute("y") - data.top) / data.row, Number(el.dataset.v)];
  const start = depth ? next[depth - 1] : 0;
  next[depth - 1] = start + value;
  next[depth] = start;
  return {
    el, name, short: short || name, module: data.modules?.[module] ?? "",
    depth, start, value, // start and value are in the metric's unit
    margin: Number(el.dataset.e ?? 0), // how far an estimate may be off
    rest: rests.has(el.dataset.n), // it stands for frames that are not drawn
    x: 0, w: 0, // in percent of the window, as it is zoomed now
  };
});
for (const f of frames) [f.x, f.w] = within(f, frames[0]);
const frameOf = new Map(frames.map((f, i) => [f.el, i]));
const all = frames[0];

const leastWidth = 0.1; // pixels: what is narrower is not displayed

const letter = letterWidth(); // in pixels: the names' font is monospaced

let zoomed = 0; // index of the frame that fills the width
let shown = frames; // those that are to be seen

function letterWidth() {
  const probe = element("text", { visibility: "hidden" }, "m".repeat(100));
  svg.append(probe);
  const width = probe.getComputedTextLength() / 100;
  probe.remove();
  return width || 7.3;
}

// outerFrames returns the indices of a frame's callers, nearest first.
function outerFrames(i) {
  const outer = [];
  for (let j = i - 1, depth = frames[i].depth - 1; depth >= 0; j--) {
    if (frames[j].depth === depth) {
      outer.push(j);
      depth--;
    }
  }
  return outer;
}

function zoom(to) {
  zoomed = to;
  const z = frames[to];
  const outer = new Set(outerFrames(to));
  const width = svg.getBoundingClientRect().width;
  let inside = false;
  shown = [];
  // What is not in the document is changed at no cost.
  boxes.replaceChildren();
  frames.forEach((f, i) => {
    inside = i === to || (inside && f.depth > z.depth);
    const isOuter = outer.has(i);
    if (!inside && !isOuter) return;
    const [x, w] = isOuter ? [0, 100] : within(f, z);
    if (w / 100 * width < leastWidth) return;
    place(f, x, w);
    f.el.classList.toggle("outer", isOuter);
    shown.push(f);
  });
  boxes.append(...shown.map(f => f.el));
  writeNames(width);
  rest();
}

// within returns where a frame is in another, and how wide, in percent of that.
function within(f, outer) {
  return outer.value ? [(f.start - outer.start) / outer.value * 100, f.value / outer.value * 100] : [0, 100];
}

function place(f, x, w) {
  f.el.setAttribute("x", x + "%");
  f.el.setAttribute("width", w + "%");
  f.x = x;
  f.w = w;
}

// writeNames puts on each frame as much of its name as fits, and the amount where there is
// room for both.
function writeNames(width) {
  names.replaceChildren(...shown.flatMap(f => {
    const [name, size] = fit(f, Math.floor((f.w / 100 * width - 2 * data.pad) / letter));
    if (!name) return [];
    const text = element("text", { x: f.x + "%", dx: data.pad, y: data.top + f.depth * data.row + 13 }, name);
    if (size) text.append(element("tspan", { dx: data.gap * letter, "fill-opacity": data.opacity }, size));
    return [text];
  }));
}

// fit is fitName in write.go.
function fit(f, letters) {
  if (letters < data.letters) return ["", ""];
  const size = rounded(f.value);
  for (const a of [size, ""]) {
    for (const name of [f.name, f.short]) {
      if (name.length + (a && data.gap + a.length) <= letters) return [name, a];
    }
  }
  return [f.short.slice(0, letters - 1) + "…", ""];
}

function element(tag, attributes, text) {
  const el = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [k, v] of Object.entries(attributes)) el.setAttribute(k, v);
  if (text !== undefined) el.textContent = text;
  return el;
}

// exact writes a value with all its digits.
function exact(value) {
  return data.mark + value.toLocaleString("en-US") + " " + (value === 1 ? data.unit.replace(/s$/, "") : data.unit);
}

// rounded writes a value for people: bytes with three digits.
function rounded(value) {
  if (data.unit !== "bytes") return exact(value);
  let unit = 0;
  for (; value >= 1023.5 && unit < 6; unit++) value /= 1024;
  const digits = !unit || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
  return data.mark + value.toFixed(digits) + " " + (unit ? "KMGTPE"[unit - 1] + "iB" : "B");
}

// amount writes a value for people, and exactly.
function amount(value) {
  return data.unit !== "bytes" || value < 1024 ? exact(value) : rounded(value) + " (" + exact(value) + ")";
}

// percent is rounded, but never to nothing where there is something.
function percent(part, whole) {
  const p = whole ? part / whole * 100 : 0;
  return data.mark + (p > 0 && p < 0.05 ? "<0.1%" : p < 100 && p >= 99.95 ? "99.9%" : p.toFixed(1) + "%");
}

// plusMinus says how far an estimate may be off, in percent of it.
function plusMinus(margin, value) {
  const p = margin / value * 100;
  return !margin || !value ? "" : " ±" + (p < 0.5 ? "<1" : Math.round(p).toLocaleString("en-US")) + "%";
}

function describe(f) {
  let s = amount(f.value) + plusMinus(f.margin, f.value) + ", " + percent(f.value, all.value);
  if (zoomed && f.depth > frames[zoomed].depth) s += ", " + percent(f.value, frames[zoomed].value) + " of " + frames[zoomed].short;
  return s;
}

// rest writes the status line for when the pointer is on no frame.
function rest() {
  status.textContent = zoomed ? frames[zoomed].short + ": " + describe(frames[zoomed]) + "; Esc shows all again" : note;
}

boxes.addEventListener("click", e => zoom(frameOf.get(e.target) ?? zoomed));
boxes.addEventListener("mouseover", e => {
  const f = frames[frameOf.get(e.target)];
  if (!f) return;
  status.textContent = f.short + ": " + describe(f);
  if (!f.el.firstChild) f.el.append(element("title", {}));
  f.el.firstChild.textContent = [f.name, f.module, describe(f)].filter(Boolean).join("\n");
});
boxes.addEventListener("mouseout", rest);
window.addEventListener("resize", () => zoom(zoomed));

// The controls exist only where they work.
function control(tag, properties) {
  return Object.assign(document.createElementNS("http://www.w3.org/1999/xhtml", tag), properties);
}
const found = control("output", {});
const input = control("input", { type: "search", placeholder: "Search: regular expression", title: "Search in names and modules ( / )" });
const reset = control("button", { type: "button", textContent: "Reset", title: "Show all again (Esc)" });
const bar = control("div", { className: "controls" });
bar.append(found, input, reset);
const holder = element("foreignObject", { x: "30%", y: 4, width: "69.5%", height: 28 });
holder.append(bar);
svg.append(holder);

// search marks the frames whose name or module matches, and says what share of
// the whole lies in them. A match within a match counts once.
function search() {
  input.setCustomValidity("");
  let expression = null;
  try {
    if (input.value) expression = new RegExp(input.value, "i");
  } catch (e) {
    input.setCustomValidity(e.message);
  }
  boxes.classList.toggle("searching", expression !== null);
  let matched = 0, margin = 0, outermost = Infinity;
  const known = new Map();
  for (const f of frames) {
    if (f.depth <= outermost) outermost = Infinity;
    let hit = false;
    if (expression && f !== all && !f.rest) {
      const key = f.el.dataset.n;
      if (!known.has(key)) known.set(key, expression.test(f.name) || expression.test(f.module));
      hit = known.get(key);
    }
    f.el.classList.toggle("hit", hit);
    if (hit && outermost === Infinity) {
      outermost = f.depth;
      matched += f.value;
      margin = Math.hypot(margin, f.margin);
    }
  }
  // What is not drawn cannot match: then there may be more.
  const least = rests.size ? "at least " : "";
  found.textContent = expression ? "matches " + least + amount(matched) + plusMinus(margin, matched) + ", " + percent(matched, all.value) : input.validationMessage;
}

function clear() {
  input.value = "";
  search();
  zoom(0);
}

input.addEventListener("input", search);
reset.addEventListener("click", clear);
document.addEventListener("keydown", e => {
  if (e.key === "Escape") clear();
  if (e.key === "/" && e.target !== input) {
    input.focus();
    e.preventDefault();
  }
});

writeNames(svg.getBoundingClientRect().width);
