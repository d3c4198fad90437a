// The foot of the page: what it is of, and what was left out of it.

import { element, replace } from "./dom.js";
import { thousands } from "./amounts.js";

// prunedInWords says what was pruned; "" where all is there.
export function prunedInWords(page) {
  const { pruned, nodes, records } = page;
  const fewer = pruned.allNodes > nodes.parent.length;
  if (!fewer && !records.rest.some(Boolean)) return "";
  const calls = fewer ? ` (the page has ${thousands(nodes.parent.length)} of ${thousands(pruned.allNodes)} calls)` : "";
  return `Small stacks are summed as rest${calls}: all sums are the profile's.`;
}

export function createFooter(app, root, help) {
  const { page } = app;
  const sampled = page.sides.filter(s => s.estimated && s.meanBytes > 0);
  const words = [
    sampled.length ? `~ marks estimates from sampled blocks, one in each ${app.amounts.size(sampled[0].meanBytes).replace(app.amounts.mark, "")} allocated; ± is right 19 times in 20.` : "",
    prunedInWords(page),
    page.rounded ? "Some totals are above 2^53: sums are rounded." : "",
  ].filter(Boolean);
  replace(root,
    element("p", {}, words.length ? words.join(" ") : page.sides.map(s => s.file).join(", ")),
    element("p", {}, `${page.maker} · `, element("button", { type: "button", class: "link", onclick: () => help.open() }, "keys and words"), " ", element("kbd", {}, "?")));
}
