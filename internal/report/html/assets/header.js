// The top of the page: the program, how it ended, and the amounts that are asked for first.

import { element, replace } from "./dom.js";

export function createHeader(app, root) {
  const { amounts, page, after } = app;
  function figures() {
    return page.metrics.filter(m => m.unit === "bytes").map((m, i) => element("span", { class: "figure" }, element("b", {}, amounts.of(m, after.totals[page.metrics.indexOf(m)])), " ", app.names.metric(m)));
  }
  replace(root, element("h1", {}, after.program || after.command), element("p", {}, after.status, " ", figures()));
  return { update() {} };
}
