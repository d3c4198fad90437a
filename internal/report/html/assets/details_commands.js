// "Copy as command": the commands of heapprof that print what is shown.

import { copyButton, element } from "./dom.js";
import { commandsOf } from "./command.js";
import { sumWhere } from "./details_numbers.js";
import { selectedRecords } from "./groups.js";
import { subjectOf } from "./subject.js";

// amountOf returns what the selection has of the metric that is shown.
function amountOf(app, values) {
  const cut = app.model.cut(values);
  const mask = selectedRecords(app, cut, subjectOf(app.page, values.selection));
  return sumWhere(cut.values(app.model.metric(values).name), mask);
}

export function commandsPart(app, values) {
  const commands = commandsOf(app, values, subjectOf(app.page, values.selection), amountOf(app, values));
  if (!commands.length) return null;
  return element("section", { class: "part commands" }, element("h3", {}, "In a terminal"),
    commands.map(({ words, command }, i) => {
      const code = element("code", {}, command);
      const copy = copyButton("Copy", i ? "Copy as command" : "Copy as command (c)", code);
      return element("div", { class: "command" }, element("div", { class: "quiet" }, words), element("div", { class: "line" }, code, copy));
    }));
}
