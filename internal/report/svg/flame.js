// What a flame graph does in a browser. Go writes the drawing, so that it can
// be seen without this, and `data`, whose fields svgData in svg.go describes.

const svg = document.currentScript.ownerSVGElement;
const [boxes, names, status] = [".frames", ".names", ".status"].map(c => svg.querySelector(c));
const note = status.textContent;

// From a picture of fixed size to one that follows the window: all places are
// in percent already.
svg.removeAttribute("viewBox");
svg.setAttribute("width", "100%");

// Frames in the order of the file: callers before their callees, so that what
// is below a frame follows it. x and w are in percent of the whole.
const frames = [...boxes.children].map(el => {
  const [name, short, module] = data.names[el.dataset.n];
  const number = a => parseFloat(el.getAttribute(a));
  return {
    el, name, short: short || name, module: data.modules?.[module] ?? "",
    x: number("x"), w: number("width"), depth: (number("y") - data.top) / data.row, value: Number(el.dataset.v),
    margin: Number(el.dataset.e ?? 0), // how far an estimate may be off
  };
});
const frameOf = new Map(frames.map((f, i) => [f.el, i]));
const all = frames[0];

let zoomed = 0; // index of the frame that fills the width
let shown = []; // what is to be seen: {frame, x, w}

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
  let inside = false;
  shown = [];
  frames.forEach((f, i) => {
    inside = i === to || (inside && f.depth > z.depth);
    const visible = inside || outer.has(i);
    f.el.setAttribute("display", visible ? "inline" : "none");
    f.el.classList.toggle("outer", outer.has(i));
    if (!visible) return;
    const [x, w] = inside ? [(f.x - z.x) / z.w * 100, f.w / z.w * 100] : [0, 100];
    f.el.setAttribute("x", x + "%");
    f.el.setAttribute("width", w + "%");
    shown.push({ f, x, w });
  });
  writeNames();
  rest();
}

// writeNames puts on each frame as much of its name as fits.
function writeNames() {
  const width = svg.getBoundingClientRect().width;
  const letter = letterWidth();
  names.replaceChildren(...shown.flatMap(({ f, x, w }) => {
    const fitted = fit(f, Math.floor((w / 100 * width - 2 * data.pad) / letter));
    if (!fitted) return [];
    return [element("text", { x: x + "%", dx: data.pad, y: data.top + f.depth * data.row + 13 }, fitted)];
  }));
}

function fit(f, letters) {
  if (letters < data.letters) return "";
  if (f.name.length <= letters) return f.name;
  if (f.short.length <= letters) return f.short;
  return f.short.slice(0, letters - 1) + "…";
}

function letterWidth() {
  const probe = element("text", { visibility: "hidden" }, "m".repeat(100));
  svg.append(probe);
  const width = probe.getComputedTextLength() / 100;
  probe.remove();
  return width || 7.3;
}

function element(tag, attributes, text) {
  const el = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [k, v] of Object.entries(attributes)) el.setAttribute(k, v);
  if (text !== undefined) el.textContent = text;
  return el;
}

// amount writes a value for people, and exactly.
function amount(value) {
  const exact = data.mark + value.toLocaleString("en-US") + " " + data.unit;
  if (data.unit !== "bytes" || value < 1024) return exact;
  const power = Math.min(Math.floor(Math.log2(value) / 10), 6);
  const scaled = value / 1024 ** power;
  return data.mark + scaled.toFixed(scaled < 10 ? 2 : scaled < 100 ? 1 : 0) + " " + "KMGTPE"[power - 1] + "iB (" + exact + ")";
}

// percent is rounded, but never to nothing where there is something.
function percent(part, whole) {
  const p = whole ? part / whole * 100 : 0;
  return data.mark + (p > 0 && p < 0.05 ? "<0.1%" : p < 100 && p >= 99.95 ? "99.9%" : p.toFixed(1) + "%");
}

// within says how far an estimate may be off, in percent of it.
function within(margin, value) {
  const p = margin / value * 100;
  return !margin || !value ? "" : " ±" + (p < 0.5 ? "<1" : Math.round(p).toLocaleString("en-US")) + "%";
}

function describe(f) {
  let s = amount(f.value) + within(f.margin, f.value) + ", " + percent(f.value, all.value);
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
window.addEventListener("resize", writeNames);

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
    if (expression && f !== all) {
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
  const least = data.omitted ? "at least " : "";
  found.textContent = expression ? "matches " + least + amount(matched) + within(margin, matched) + ", " + percent(matched, all.value) : input.validationMessage;
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

zoom(0);
