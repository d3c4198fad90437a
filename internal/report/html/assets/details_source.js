// The source around the line that is selected, with what each line allocates.

import { element } from "./dom.js";
import { valueByLine } from "./details_lists.js";
import { sourceBlock } from "./source.js";

export function sourcePart(app, values, of) {
  const { page, model, amounts } = app;
  if (of.function < 0 || values.selection.kind === "finding") return null;
  const file = page.functions.file[of.function];
  if (file < 0) return null;
  const byLine = valueByLine(app, values, of);
  const line = lineOf(page, of, byLine);
  const metric = model.metric(values);
  const block = sourceBlock(page, file, line, { beside: number => (byLine.get(number) ? amounts.of(metric, byLine.get(number)) : "") });
  return block ? element("section", { class: "part" }, element("h3", {}, `Source, ${app.names.base(page.files[file])}`), block) : null;
}

// lineOf returns the line that is meant: the place's, the call's, or the one that allocates most.
function lineOf(page, { subject, function: f }, byLine) {
  if (subject.kind === "place") return page.places.line[subject.id];
  if (subject.kind === "node") return page.nodes.line[subject.id];
  const [most] = [...byLine].sort((a, b) => b[1] - a[1]);
  if (most) return most[0];
  const node = page.nodes.function.indexOf(f);
  return node < 0 ? 0 : page.nodes.line[node];
}
