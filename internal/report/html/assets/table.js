// The view Table.

import { element, replace } from "./dom.js";

export function createTable(app) {
  let root;
  return {
    name: "table", title: "Table",
    mount(place) { root = place; },
    update(values) {
      const cut = app.model.cut(values);
      const metric = app.model.metric(values);
      replace(root, element("p", {}, app.amounts.of(metric, cut.total(metric.name))));
    },
    key() { return false; },
  };
}
