// The view Tree: all calls as a table that opens, or the callers and the callees of one function.

import { buildTree, calleesOf, callersOf } from "./calltree.js";
import { isMarkedBox, markCalls, selectionOf } from "./calltree_find.js";
import { createBoxNames } from "./calltree_names.js";
import { element, quotedName, replace } from "./dom.js";
import { subjectOf } from "./subject.js";
import { createFunctionList } from "./tree_list.js";
import { createTreeGrid } from "./tree_grid.js";

export function createTree(app) {
  const { amounts, model, page, state } = app;
  const names = createBoxNames(app);
  let parts = null;
  let values = state.get();
  let known = { choice: "", trees: null };

  const metric = () => model.metric(values);

  // chosenFunction returns the function of what is selected; -1: none.
  function chosenFunction() {
    const subject = subjectOf(page, values.selection);
    switch (subject?.kind) {
      case "node": return model.nodes.function[subject.id];
      case "function": return subject.id;
      case "place": return page.places.function[subject.id];
      default: return -1;
    }
  }

  function pick(tree, box) {
    state.set({ selection: selectionOf(tree, model.cut(values).list, box), whole: true }, { step: false });
  }

  function enter(box) {
    for (let b = box; b; b = b.parent) {
      if (b.kind !== "function") continue;
      state.set({ selection: { kind: "function", id: b.function }, whole: false });
      return;
    }
  }

  function mount(place) {
    const grid = on => createTreeGrid(app, names, { own: "itself", enter, pick: () => {}, ...on });
    const whole = grid({ words: "calls", pick: box => pick(known.trees.whole, box), withRoot: true });
    const callers = grid({ words: "callers", own: "outermost", withRoot: true });
    const callees = grid({ words: "callees", withRoot: true });
    const list = createFunctionList(app, names, f => state.set({ selection: { kind: "function", id: f } }, { step: false }));
    const button = (words, title, isWhole) => element("button", { type: "button", class: "control", title, onclick: () => state.set({ whole: isWhole }) }, words);
    const buttons = [button("All calls", "The whole tree of calls", true), button("Callers and callees", "Of the function that is selected (Enter on a call)", false)];
    const head = element("div", { class: "tree-about" });
    const around = element("div", { class: "tree-around" }, list.element, element("div", { class: "tree-both" }, head, callers.element, callees.element));
    replace(place, element("div", { class: "tree" }, element("div", { class: "tree-tools" }, buttons), whole.element, around));
    parts = { whole, callers, callees, list, buttons, head, around };
    known = { choice: "", trees: null };
  }

  function update(next) {
    values = next;
    const f = chosenFunction();
    const isWhole = values.whole ?? f < 0;
    parts.buttons[0].setAttribute("aria-pressed", String(isWhole));
    parts.buttons[1].setAttribute("aria-pressed", String(!isWhole));
    const hadFocus = parts.whole.element.contains(document.activeElement) || parts.around.contains(document.activeElement);
    const turns = parts.around.hidden !== isWhole;
    parts.whole.element.hidden = !isWhole;
    parts.around.hidden = isWhole;
    if (isWhole) drawWhole();
    else drawAround(f);
    if (hadFocus && turns) (isWhole ? parts.whole : parts.callers).focus();
  }

  // treesOf keeps trees until the choice changes, so that what is open in them stays so.
  function treesOf(kind, make) {
    const { range, filter, brush, fold } = values;
    const choice = JSON.stringify([kind, range, filter, brush, fold, metric().name, page.count]);
    const isSame = known.choice === choice;
    if (!isSame) known = { choice, trees: make() };
    return isSame;
  }

  const wholeOf = () => {
    const cut = model.cut(values);
    return { after: cut.total(metric().name), before: model.isDiff ? cut.total(metric().name, 0) : 0 };
  };

  function drawWhole() {
    treesOf("whole", () => ({ whole: buildTree(app, values, { inverted: false }) }));
    const tree = known.trees.whole;
    const marks = markCalls(app, tree, model.cut(values).list, subjectOf(page, values.selection));
    parts.whole.update({ tree, metric: metric(), whole: wholeOf(), fold: values.fold, isChosen: box => isMarkedBox(box, marks) });
  }

  function drawAround(selected) {
    let f = selected;
    const about = () => ({ values, metric: metric(), chosen: f });
    const { range, filter, brush } = values;
    const choice = JSON.stringify([range, filter, brush, metric().name, page.count]);
    parts.list.update(about(), parts.listed === choice);
    parts.listed = choice;
    if (f < 0) {
      f = parts.list.largest();
      parts.list.update(about(), true);
    }
    parts.callers.element.hidden = parts.callees.element.hidden = f < 0;
    if (f < 0) return replace(parts.head, element("p", { class: "empty" }, "Nothing was allocated in what is chosen."));
    treesOf(`around ${f}`, () => ({ callers: callersOf(app, values, f), callees: calleesOf(app, values, f) }));
    const { callers, callees } = known.trees;
    const shown = { metric: metric(), whole: wholeOf(), fold: values.fold, isChosen: () => false };
    parts.callers.update({ tree: callers, ...shown });
    parts.callees.update({ tree: callees, ...shown });
    return drawHead(f, callees.root);
  }

  function drawHead(f, box) {
    const whole = wholeOf();
    const share = model.isDiff ? "" : `, ${amounts.percent(box.after, whole.after)}`;
    const words = app.names.metric(metric(), Boolean(values.range));
    const itself = box.own.width ? `, ${names.amount(metric(), box.own)} by itself` : "";
    replace(parts.head, element("h2", {}, quotedName(names.ofFunction(f))), element("p", { class: "quiet" }, [
      names.wherefrom({ kind: "function", function: f, node: -1 }), box.width ? `${names.amount(metric(), box)}${share} ${words}${itself}` : `nothing of what is ${words} goes through it`,
    ].filter(Boolean).join(" · ")));
  }

  function key(event) {
    if (!parts) return false;
    const grid = parts.around.hidden ? parts.whole : parts.callees;
    if (event.key.startsWith("Arrow")) {
      grid.focus();
      return true;
    }
    if (event.key === "Escape" && values.whole !== null) {
      state.set({ whole: null }, { step: false });
      return false;
    }
    return false;
  }

  // drawn returns what is drawn, for tests: what is below the root, and what that has allocated itself.
  function drawn() {
    const isWhole = parts.around.hidden;
    const grid = isWhole ? parts.whole : parts.callees;
    const { root } = isWhole ? known.trees.whole : known.trees.callees;
    const side = name => {
      const shown = grid.outer(name);
      const own = root[name] - shown.reduce((a, b) => a + b, 0);
      return { total: root[name], parts: own ? [...shown, own] : shown };
    };
    return { metric: metric().name, ...side("after"), ...(model.isDiff ? { before: side("before") } : {}) };
  }

  return { name: "tree", title: "Tree", mount, update, key, drawn };
}
