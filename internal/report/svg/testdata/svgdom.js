// Runs the script of the flame graph on standard input in a small stand-in for
// a browser's document, does what a user would, and prints what is to be seen.

const fs = require("fs");
const vm = require("vm");

class Element {
  constructor(tag) {
    this.tag = tag;
    this.attributes = {};
    this.children = [];
    this.parent = null;
    this.textContent = "";
    this.handlers = {};
    this.classes = new Set();
    this.dataset = {};
    this.classList = { toggle: (name, on) => on ? this.classes.add(name) : this.classes.delete(name) };
  }
  get firstChild() { return this.children[0]; }
  get ownerSVGElement() { return this.parent; }
  getAttribute(name) { return this.attributes[name] ?? null; }
  setAttribute(name, value) { this.attributes[name] = String(value); }
  removeAttribute(name) { delete this.attributes[name]; }
  append(...more) {
    for (const el of more) el.parent = this;
    this.children.push(...more);
  }
  replaceChildren(...all) { this.children = []; this.append(...all); }
  remove() { this.parent.children.splice(this.parent.children.indexOf(this), 1); }
  querySelector(selector) {
    for (const el of this.children) {
      const found = el.getAttribute("class") === selector.slice(1) ? el : el.querySelector(selector);
      if (found) return found;
    }
    return null;
  }
  getBoundingClientRect() { return { width: 1000 }; }
  getComputedTextLength() { return this.textContent.length * 7; }
  setCustomValidity(message) { this.validationMessage = message; }
  focus() {}
  addEventListener(type, handler) { this.handlers[type] = handler; }
  fire(type, event = {}) { this.handlers[type]({ target: this, ...event }); }
}

// The drawing's own form is all that this has to read.
const source = fs.readFileSync(0, "utf8");
const unescape = s => s.replace(/&#(x?)([0-9A-Fa-f]+);|&(lt|gt|amp);/g,
  (_, x, n, name) => name ? { lt: "<", gt: ">", amp: "&" }[name] : String.fromCharCode(parseInt(n, x ? 16 : 10)));
const svg = new Element("svg");
const tagged = /<(rect|text|g|svg)\b([^>]*?)(\/?)>([^<]*)|<\/g>|<script><!\[CDATA\[([^]*?)\]\]><\/script>/g;
let into = svg;
let script = "";
for (const [whole, tag, attributes, , text, code] of source.matchAll(tagged)) {
  if (code) {
    script = code;
  } else if (whole.startsWith("</g>")) {
    into = svg;
  } else {
    const el = tag === "svg" ? svg : new Element(tag);
    for (const [, k, v] of attributes.matchAll(/([\w-]+)="([^"]*)"/g)) {
      el.attributes[k] = v;
      if (k.startsWith("data-")) el.dataset[k.slice(5)] = v;
    }
    el.textContent = unescape(text.trim());
    if (el !== svg) into.append(el);
    if (tag === "g") into = el;
  }
}

const scriptElement = new Element("script");
svg.append(scriptElement);
const document = new Element("document");
document.currentScript = scriptElement;
document.createElementNS = (namespace, tag) => new Element(tag);
vm.runInNewContext(script, { document, window: new Element("window") });

const boxes = svg.querySelector(".frames");
const status = svg.querySelector(".status");
const controls = svg.children.find(el => el.tag === "foreignObject").children[0].children;
const [found, input, reset] = controls;
const shown = () => boxes.children;
const names = JSON.parse(script.slice(script.lastIndexOf("\n})(") + 4, script.lastIndexOf(");"))).names;
const nameOf = el => names[el.dataset.n][0];
const frame = name => boxes.children.find(el => nameOf(el) === name);
const written = el => {
  const on = svg.querySelector(".names").children.find(text => text.getAttribute("x") === el.getAttribute("x") && text.getAttribute("y") - 13 === Number(el.getAttribute("y")));
  return on ? ", " + [on, ...on.children].map(text => text.textContent).join(" ") : "";
};
const short = p => Number(parseFloat(p).toFixed(1)) + "%";
const point = (type, name) => boxes.fire(type, { target: frame(name) });
const say = (...words) => console.log(words.join(" "));

say("at first:", status.textContent);
say("width " + svg.getAttribute("width") + ", view box " + svg.getAttribute("viewBox"));
point("mouseover", "main");
say("over main:", status.textContent);
point("mouseout", "main");
say("away:", status.textContent);
point("click", "parse");
say("click parse:", status.textContent);
for (const el of shown()) {
  say(" ", nameOf(el), short(el.getAttribute("x")), short(el.getAttribute("width")) + (el.classes.has("outer") ? " outer" : "") + written(el));
}
point("mouseover", "grow");
say("over grow:", status.textContent);
say("title of grow:", frame("grow").firstChild.textContent.replaceAll("\n", " | "));
document.fire("keydown", { key: "Escape" });
say("escape:", shown().length, "shown,", status.textContent);

const hits = () => boxes.children.filter(el => el.classes.has("hit")).map(nameOf).join(" ");
for (const expression of ["^parse$", "LIBZ|grow", "more|d"]) {
  input.value = expression;
  input.fire("input");
  say("search", JSON.stringify(expression) + ":", found.textContent + "; hit", hits());
}
input.value = "(";
input.fire("input");
say('search "(":', input.validationMessage && found.textContent && !hits() ? "not an expression" : "accepted");
reset.fire("click");
say("reset:", JSON.stringify(input.value) + ", hit" + hits());
