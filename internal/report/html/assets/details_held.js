// Who holds what is selected, and what an owner holds, as a snapshot of run --retained tells.

import { element, quotedName } from "./dom.js";

const fewThings = 12;

function snapshotOf(app, values) {
  const all = app.page.held ?? [];
  return all[values.snapshot] ?? all[0] ?? null;
}

const amountsIn = ({ amounts }, [bytes, blocks]) => `${amounts.size(bytes)} in ${amounts.blocks(blocks)}`;

// ownerParts are what is known of an owner.
export function ownerParts(app, values, id) {
  const held = snapshotOf(app, values);
  const owner = held?.owners[id];
  if (!owner) return [];
  const row = (words, pair) => (pair[1] ? element("li", {}, element("b", {}, amountsIn(app, pair)), ` ${words}`) : null);
  const whole = held.live[0] ? `, ${app.amounts.percent(owner.retained[0], held.live[0])} of what lived` : "";
  return [
    element("p", { class: "quiet" }, [owner.words, owner.file && `${app.names.base(owner.file)}${owner.line ? `:${owner.line}` : ""}`].filter(Boolean).join(" · ")),
    owner.type ? element("p", {}, quotedName(owner.type, { class: "mono quiet" })) : null,
    element("section", { class: "part" }, element("h3", {}, held.words), element("ul", { class: "points" },
      row(`retained: what would be freed with it${whole}`, owner.retained), row("reached: all that it leads to, also what others hold", owner.reaches), row("of that shared with other owners", owner.shares))),
    owner.top?.length ? element("section", { class: "part" }, element("h3", {}, "What it holds"), thingTree(app, owner.top)) : null,
  ];
}

// thingTree shows blocks below the ones that hold them.
function thingTree(app, things) {
  const row = t => {
    const line = element("li", {},
      element("span", { class: "amount" }, app.amounts.size(t.retained[0])),
      element("span", { class: "named" }, element("button", { type: "button", class: "link", disabled: t.place < 0, onclick: () => app.state.set({ selection: thingSelection(app, t) }) }, quotedName(t.type || app.names.place(t.place), { class: "mono" })),
        " ", element("span", { class: "quiet" }, [t.type ? app.names.place(t.place) : "", app.names.where(t.place), t.self[1] > 1 ? `× ${app.amounts.count(t.self[1])}` : ""].filter(Boolean).join(" "))));
    line.style.paddingLeft = `${Math.min(t.depth, 8) * 12}px`;
    return line;
  };
  return element("ul", { class: "list" }, things.slice(0, fewThings).map(row), things.length > fewThings ? element("li", { class: "quiet" }, `… ${things.length - fewThings} more`) : null);
}

function thingSelection({ page }, thing) {
  return { kind: "place", id: thing.place, type: page.types.name.indexOf(thing.type) };
}

// heldParts say how large the blocks of a site or of a type are with all that they hold.
export function heldParts(app, values, subject) {
  const held = snapshotOf(app, values);
  if (!held || !subject) return null;
  const { page, amounts } = app;
  const deep = held.deep.find(d => (subject.kind === "type" ? d.place < 0 && d.type === page.types.name[subject.id]
    : subject.kind === "place" && d.place >= 0 && page.places.function[d.place] === page.places.function[subject.id]));
  if (!deep) return null;
  const [smallest, median, largest] = deep.each.map(amounts.size);
  return element("section", { class: "part" }, element("h3", {}, held.words), element("ul", { class: "points" },
    element("li", {}, element("b", {}, amountsIn(app, deep.live)), " lived"),
    element("li", {}, element("b", {}, amountsIn(app, deep.retained)), " would be freed with them"),
    element("li", {}, element("b", {}, amountsIn(app, deep.deep)), " is all that they lead to"),
    deep.live[1] > 1 ? element("li", {}, `one of them retains ${smallest} to ${largest}, the median ${median}`) : null));
}
