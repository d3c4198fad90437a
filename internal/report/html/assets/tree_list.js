// The list of functions, by what was allocated through them or by themselves, in which one is looked for.

import { thousands } from "./amounts.js";
import { functionTotals } from "./calltree.js";
import { element, quotedName, replace } from "./dom.js";
import { expression, restInWords } from "./model.js";

const mostListed = 200;

// createFunctionList returns the list. pick(f) is called when a function is chosen.
export function createFunctionList(app, names, pick) {
  const { amounts, model } = app;
  const search = element("input", { class: "control", type: "search", placeholder: "Find a function", "aria-label": "Find a function", autocomplete: "off", spellcheck: false, oninput: draw, onkeydown: leave });
  const order = element("select", { class: "control", "aria-label": "Sorted by", onchange: draw }, element("option", { value: "total" }, "total"), element("option", { value: "own" }, "itself"));
  const list = element("ul", { class: "functions", role: "listbox", tabIndex: 0, "aria-label": "Functions", onkeydown: walk });
  const note = element("p", { class: "quiet functions-note" });
  const root = element("div", { class: "function-list" }, element("div", { class: "function-find" }, search, order), list, note);
  let about = null; // values, metric, whole, chosen
  let totals = null;
  let listed = [];

  const change = (side, f) => (model.isDiff ? Math.abs(side.after[f] - side.before[f]) || side.width[f] * 1e-9 : side.after[f]);

  function update(next, isSame) {
    about = next;
    if (!isSame || !totals) totals = functionTotals(app, about.values);
    draw();
  }

  function draw() {
    const side = totals[order.value];
    const re = expression(search.value);
    const all = [];
    for (let f = 0; f < side.width.length; f++) if (side.width[f] > 0 && (!re || re.test(names.ofFunction(f)))) all.push(f);
    all.sort((a, b) => change(side, b) - change(side, a) || side.width[b] - side.width[a]);
    listed = all.slice(0, mostListed);
    replace(list, listed.map((f, i) => option(f, i, side)));
    const left = all.length - listed.length;
    const { lost } = totals;
    replace(note, [
      left > 0 ? `… ${thousands(left)} more: find them by name. ` : "", all.length ? "" : "No function has such a name. ",
      restInWords(amounts, about.metric, lost.after),
    ].join(""));
    list.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" });
  }

  function option(f, i, side) {
    const amount = model.isDiff ? amounts.signed(about.metric, side.after[f] - side.before[f]) : amounts.of(about.metric, side.after[f]);
    const e = element("li", { role: "option", id: `function-${i}`, "aria-selected": String(f === about.chosen), onclick: () => pick(f) },
      element("span", { class: "number" }, amount), quotedName(names.ofFunction(f)));
    if (f === about.chosen) list.setAttribute("aria-activedescendant", e.id);
    return e;
  }

  function walk(event) {
    const at = listed.indexOf(about.chosen);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: listed.length - 1 }[event.key];
    if (to === undefined) return;
    if (to >= 0 && to < listed.length) pick(listed[to]);
    event.preventDefault();
    event.stopPropagation();
  }

  function leave(event) {
    if (event.key === "Escape" && search.value) search.value = "";
    else if (event.key !== "Enter") return;
    draw();
    if (event.key === "Enter" && listed.length) pick(listed[0]);
    event.stopPropagation();
    event.preventDefault();
  }

  return { element: root, update, largest: () => listed[0] ?? -1 };
}
