// What stands above the flame graph: what it shows and how, what its colours mean, and the callers of what fills it.

import { element, quotedName, replace } from "./dom.js";

const colorKinds = [["module", "module"], ["own", "own code"], ["change", "change"]];

// createFlameBar returns the bar. zoom(box) has a box fill the picture.
export function createFlameBar(app, { zoom }) {
  const { model, state } = app;
  const toggle = (words, title, changes) => element("button", { type: "button", class: "control", title, onclick: () => state.set(changes()) }, words);
  const inverted = toggle("Inverted", "Sites first, then their callers (i)", () => ({ inverted: !state.get().inverted, zoom: 0, site: 0 }));
  const fold = toggle("Fold", "Fold what only leads on, such as an executor or recursion (f)", () => ({ fold: !state.get().fold }));
  const chains = toggle("Join chains", "Calls with a single callee are one box", () => ({ chains: !state.get().chains }));
  const color = element("select", { class: "control", onchange: () => state.set({ color: color.value }) },
    colorKinds.filter(([kind]) => kind !== "change" || model.isDiff).map(([value, words]) => element("option", { value }, words)));
  const legend = element("ul", { class: "flame-legend", "aria-label": "Colours" });
  const crumbs = element("nav", { class: "flame-crumbs", "aria-label": "Callers" });
  const bar = element("div", { class: "flame-bar" },
    element("div", { class: "flame-tools" }, inverted, fold, chains, element("label", {}, "Colour ", color), legend), crumbs);

  function drawLegend(colors, kind) {
    const theme = document.documentElement.dataset.theme === "dark" ? "dark" : "light";
    replace(legend, colors.legend(kind, theme).map(([words, fill]) => {
      const swatch = element("i", { class: "swatch" });
      swatch.style.background = fill;
      return element("li", {}, swatch, words);
    }), model.isDiff && element("li", {}, "as wide as the greater side"));
  }

  // drawCrumbs shows the boxes from the outermost to the one that fills the picture.
  function drawCrumbs({ top, names }) {
    const path = [];
    for (let b = top; b; b = b.parent) path.unshift(b);
    crumbs.hidden = path.length < 2;
    replace(crumbs, path.map((box, i) => [
      i > 0 && element("span", { class: "quiet", "aria-hidden": "true" }, "›"),
      box === top ? quotedName(names.short(box), { "aria-current": "true", title: names.name(box) }) : element("button", { type: "button", class: "link", title: names.name(box), onclick: () => zoom(box) }, element("bdi", {}, names.short(box))),
    ]).flat());
    crumbs.scrollLeft = crumbs.scrollWidth;
  }

  return {
    element: bar,
    update(values, about) {
      inverted.setAttribute("aria-pressed", String(values.inverted));
      fold.setAttribute("aria-pressed", String(values.fold));
      chains.setAttribute("aria-pressed", String(values.chains));
      color.value = values.color;
      drawLegend(about.colors, values.color);
      drawCrumbs(about);
    },
  };
}
