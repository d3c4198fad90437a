// The page: reads its data, makes the parts, and has each drawn anew when the choice changes.

import { readPage } from "./data.js";
import { createModel } from "./model.js";
import { createState } from "./state.js";
import { createAmounts } from "./amounts.js";
import { element, replace } from "./dom.js";
import { createNames } from "./names.js";
import { createHeader } from "./header.js";
import { createFindings } from "./findings.js";
import { createTimeline } from "./timeline.js";
import { createDetails } from "./details.js";
import { createKeys } from "./keys.js";
import { createFlame } from "./flame.js";
import { createTable } from "./table.js";
import { createTree } from "./tree.js";
import { createHistograms } from "./histograms.js";
import { createOwners } from "./owners.js";

// checker returns a function that makes values of the state fit what the page has: a link may be of another page.
function checker(page, model) {
  const moments = page.windows?.time.length ?? 0;
  const among = (value, all, otherwise) => (all.includes(value) ? value : otherwise);
  return values => {
    const v = { ...values };
    v.view = among(v.view, ["flame", "table", "tree", "histograms", "owners"], "flame");
    const range = v.range;
    if (range && !(model.hasRanges && range.length === 2 && range.every(Number.isInteger) && range[0] >= -1 && range[0] < range[1] && range[1] <= moments)) v.range = null;
    if (!(v.zoom > 0 && v.zoom < model.nodes.count)) v.zoom = 0;
    if (v.brush && !(v.brush.length === 4 && v.brush.every(n => !Number.isNaN(n)))) v.brush = null;
    v.theme = among(v.theme, ["auto", "light", "dark"], "auto");
    return v;
  };
}

async function start() {
  const page = await readPage();
  const model = createModel(page);
  const after = page.sides[page.sides.length - 1];
  const app = {
    page, model,
    amounts: createAmounts(page.units, page.sides.some(s => s.estimated)),
    names: createNames(page),
    // The state's defaults that depend on the page.
    state: createState({ metric: page.default, color: model.isDiff ? "change" : "module", view: "flame" }, checker(page, model)),
    after, // the only side, or the later one
  };
  const views = [createFlame(app), createTable(app), createTree(app), createHistograms(app), createOwners(app)];
  const main = document.getElementById("view");
  const tabs = document.getElementById("tabs");
  let shown = null;

  function drawTabs(values) {
    replace(tabs, views.map((view, i) => element("button", {
      type: "button", class: "tab", "aria-pressed": String(view.name === values.view), title: `${i + 1}`, onclick: () => app.state.set({ view: view.name }),
    }, view.title)));
  }

  const parts = [
    createHeader(app, document.getElementById("header")),
    createFindings(app, document.getElementById("findings")),
    createTimeline(app, document.getElementById("timeline")),
    createDetails(app, document.getElementById("details")),
  ];

  function draw(values) {
    document.documentElement.dataset.theme = values.theme;
    drawTabs(values);
    for (const part of parts) part.update(values);
    const view = views.find(v => v.name === values.view);
    if (view !== shown) {
      shown = view;
      main.className = "view-" + view.name;
      main.replaceChildren();
      view.mount(main);
    }
    view.update(values);
  }

  app.redraw = () => draw(app.state.get());
  app.view = () => shown;
  createKeys(app, views);
  app.state.subscribe(draw);
  window.addEventListener("resize", () => shown?.resize?.());
  draw(app.state.get());
  // For tests, and for whoever wants to ask the data from the browser's console.
  window.heapprof = app;
}

start().catch(error => {
  document.getElementById("main").replaceChildren(element("p", { class: "failure", role: "alert" }, String(error.message ?? error)));
});
