// The foot of the page: what it is of, and what was left out of it.

import { element, replace } from "./dom.js";
import { thousands } from "./amounts.js";

// prunedInWords says what was pruned; "" where all is there.
export function prunedInWords(page) {
  const { pruned, nodes, records } = page;
  const parts = [
    pruned.allNodes > nodes.parent.length && `${thousands(nodes.parent.length)} of ${thousands(pruned.allNodes)} calls`,
    pruned.allRecords > records.node.length && `${thousands(records.node.length)} of ${thousands(pruned.allRecords)} stacks`,
    page.windows && pruned.allWindows > page.windows.node.length && `${thousands(page.windows.node.length)} of ${thousands(pruned.allWindows)} histories`,
  ].filter(Boolean);
  return parts.length ? `The page has the largest ${parts.join(", ")}. The others are summed as rest, so that all sums are the profile's.` : "";
}

export function createFooter(app, root, help) {
  const { page } = app;
  const sampled = page.sides.filter(s => s.estimated && s.meanBytes > 0);
  const words = [
    sampled.length ? `~ marks estimates from sampled blocks, one in each ${app.amounts.size(sampled[0].meanBytes).replace(app.amounts.mark, "")} allocated; ± is right 19 times in 20.` : "",
    prunedInWords(page),
  ].filter(Boolean);
  replace(root,
    element("p", {}, words.length ? words.join(" ") : page.sides.map(s => s.file).join(", ")),
    element("p", {}, `${page.maker} · `, element("button", { type: "button", class: "link", onclick: () => help.open() }, "keys and words"), " ", element("kbd", {}, "?")));
}
