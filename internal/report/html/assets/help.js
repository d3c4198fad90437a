// Help: the keys, and what the words mean.

import { element, replace } from "./dom.js";

const keysInWords = [
  ["1 – 5", "the views"], ["m", "the metric"], ["/", "filter"], ["n  N", "next, previous match"],
  ["← ↑ → ↓", "move within the view"], ["Enter", "zoom in, open"], ["f", "fold or unfold what is passed"], ["i", "sites first, in the flame graph"],
  ["Esc", "one step back: zoom, selection, filter, range"], ["c", "copy as command"], ["d", "dark, light, as the system"], ["?", "this help"],
];

// termsOf returns the words that are explained: only those that the page has.
function termsOf(page) {
  const has = name => page.metrics.some(m => m.name.startsWith(name));
  return [
    has("peak") && ["peak", "the last moment at which as much was live as ever. What was live then is why the program is so big"],
    has("end") && ["at exit", "what was not freed: what leaks, and what is kept on purpose"],
    has("total") && !page.units.calls && ["allocated", "every block counts, whether freed or not; of a resized one each size"],
    has("temporary") && ["temporary", "freed by its thread before that allocated again: churn that a kept buffer would save"],
    has("lost") && ["lost", "no pointer led to it any more"],
    page.resident && ["resident", "in RAM, whatever the program has asked for"],
    page.held && ["retained", "what would be freed with its owner: all that only it leads to"],
    ["site", "the innermost function that is no allocator, container or string class"],
    page.windows && ["range", "what was born in a part of the run and lives at its end. Where older blocks may have been freed meanwhile it is at least so much"],
    page.sides.some(s => s.estimated) && ["~, ±", "an estimate from sampled blocks, and how far it may be off in 19 cases of 20"],
    page.pruned.allNodes > page.nodes.parent.length && ["rest", "many small stacks, summed, so that the page stays small and its sums right"],
  ].filter(Boolean);
}

export function createHelp(app, dialog) {
  dialog.setAttribute("aria-labelledby", "help-title");
  replace(dialog, element("div", { class: "help" },
    element("header", {}, element("h2", { id: "help-title" }, "Keys and words"), element("button", { type: "button", class: "control", onclick: () => dialog.close() }, "Close")),
    element("div", { class: "keys" }, keysInWords.map(([key, words]) => element("div", {}, element("span", {}, key.split("  ").map(k => [element("kbd", {}, k), " "]).flat()), element("span", {}, words)))),
    element("p", { class: "quiet part" }, "On the timeline: drag for a range, click for a moment; Tab reaches its ends, which the arrow keys move."),
    element("h3", {}, "Words"),
    element("dl", {}, termsOf(app.page).map(([word, meaning]) => [element("dt", {}, word), element("dd", {}, meaning)]).flat())));
  dialog.addEventListener("click", event => { if (event.target === dialog) dialog.close(); });
  return {
    open() { if (!dialog.open) dialog.showModal(); },
    isOpen: () => dialog.open,
  };
}
