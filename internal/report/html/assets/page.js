// The page: makes the parts, and has each drawn anew when the choice changes.

import { createModel } from "./model.js";
import { createState } from "./state.js";
import { createAmounts } from "./amounts.js";
import { element, replace } from "./dom.js";
import { createNames } from "./names.js";
import { isSelection } from "./subject.js";
import { createHeader } from "./header.js";
import { createFindings } from "./findings.js";
import { createTimeline } from "./timeline.js";
import { createToolbar } from "./toolbar.js";
import { createDetails } from "./details.js";
import { createFooter } from "./footer.js";
import { createHelp } from "./help.js";
import { createKeys } from "./keys.js";
import { applyTheme, followSurroundings } from "./theme.js";
import { createFlame } from "./flame.js";
import { createTable } from "./table.js";
import { createTree } from "./tree.js";
import { createHistograms } from "./histograms.js";
import { createOwners } from "./owners.js";

const byId = id => document.getElementById(id);

// checker returns a function that makes values of the state fit what the page has: a link may be of another page.
function checker(page, model) {
  const among = (value, all, otherwise) => (all.includes(value) ? value : otherwise);
  const isRange = (r, moments = page.windows?.time.length) => model.hasRanges && r.every(Number.isInteger) && r[0] >= -1 && r[0] < r[1] && r[1] <= moments && !(r[0] < 0 && r[1] >= moments);
  return values => {
    const v = { ...values };
    v.view = among(v.view, ["flame", "table", "tree", "histograms", "owners"], "flame");
    if (v.range && !isRange(v.range)) v.range = null;
    if (v.range) v.brush = null; // how long blocks lived is not known of a range
    if (v.selection && !isSelection(page, v.selection)) v.selection = null;
    for (const name of ["zoom", "site"]) if (!(v[name] > 0 && v[name] < model.nodes.count)) v[name] = 0;
    v.theme = among(v.theme, ["auto", "light", "dark"], "auto");
    return v;
  };
}

const changed = (values, before, name) => JSON.stringify(values[name]) !== JSON.stringify(before[name]);

// showPage shows the data of a page, and returns what the parts of the page share.
export function showPage(page) {
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
  const views = app.views = [createFlame(app), createTable(app), createTree(app), createHistograms(app), createOwners(app)];
  const root = byId("view");
  let shown = null;
  let told = null;

  const help = createHelp(app, byId("help"));
  const toolbar = createToolbar(app, byId("toolbar"), views);
  const details = createDetails(app, byId("details"));
  const parts = app.parts = [
    createHeader(app, byId("header"), help), createFindings(app, byId("findings")), createTimeline(app, byId("timeline")), toolbar, details,
  ];
  createFooter(app, byId("footer"), help);

  // A view that has something to show without what is missing says so itself.
  const missing = view => view.missing ?? page.missing?.[view.name];

  function drawView(values) {
    const view = views.find(v => v.name === values.view);
    const why = missing(view);
    if (view !== shown || why !== told) {
      [shown, told] = [view, why];
      root.className = "view-" + view.name;
      root.setAttribute("aria-labelledby", "tab-" + view.name);
      root.replaceChildren();
      root.scrollTo(0, 0);
      if (!why) view.mount(root);
    }
    if (why) replace(root, element("p", { class: "empty" }, element("b", {}, `No ${view.title.toLowerCase()}`), why));
    else view.update(values);
  }

  // A part is drawn anew when something has changed that it needs: zooming in a large view is to cost no more than the view.
  let drawn = {};
  function draw(values) {
    applyTheme(values.theme);
    const before = drawn;
    drawn = values;
    parts.filter(part => part.needs(values).some(name => changed(values, before, name))).forEach(part => part.update(values));
    drawView(values);
  }

  // renew draws all parts anew, as the data have changed.
  app.renew = () => {
    drawn = {};
    app.redraw();
  };
  const present = () => (shown && !missing(shown) ? shown : null);
  app.redraw = () => draw(app.state.get());
  app.view = present;
  byId("overview").classList.toggle("both", !byId("findings").hidden && !byId("timeline").hidden);
  byId("overview").hidden = byId("findings").hidden && byId("timeline").hidden;
  byId("bench").hidden = false;
  byId("reading").remove();
  byId("skip").addEventListener("click", event => {
    event.preventDefault(); // the fragment is the state's
    root.focus();
  });
  createKeys(app, { views, toolbar, help, details });
  app.state.subscribe(draw);
  followSurroundings(app, () => present()?.resize?.(), root);
  draw(app.state.get());
  // For tests, and for whoever wants to ask the data from the browser's console.
  window.heapprof = app;
  return Object.assign(app, { help });
}

// sayFailure shows why there is no page.
export function sayFailure(error) {
  replace(byId("main"), element("p", { class: "failure", role: "alert" }, String(error.message ?? error)));
  throw error;
}
