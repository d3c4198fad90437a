// Trees of calls with amounts, made as they are opened: callers first or sites first, and the callers and callees of one
// function. What is in a box is the sum of its children, of what it allocates itself, and of what was pruned below it.

import { foldCalls } from "./calltree_fold.js";
import { varianceOf } from "./groups.js";

// What was made of a list of records is kept for as long as the list is: [key, value], the latest last.
const keptOf = new WeakMap();
const mostKept = 6;

function keepFor(owner, key, make) {
  if (!keptOf.has(owner)) keptOf.set(owner, new Map());
  const kept = keptOf.get(owner);
  const value = kept.has(key) ? kept.get(key) : make();
  kept.delete(key);
  kept.set(key, value);
  if (kept.size > mostKept) kept.delete(kept.keys().next().value);
  return value;
}

// callsOf returns the calls of a cut, with the options of foldCalls.
function callsOf(app, cut, options) {
  return keepFor(cut.list, JSON.stringify(options), () => {
    const calls = foldCalls(app.model, cut.list, options);
    const { count, parent } = calls;
    const [child, sibling] = [new Int32Array(count), new Int32Array(count)]; // 0: none
    for (let c = count - 1; c > 0; c--) [sibling[c], child[parent[c]]] = [child[parent[c]], c];
    return { ...calls, child, sibling };
  });
}

// amountsOf returns the amounts of calls: columns before, after and width, with all that is below a call, and own, of
// what the call itself is the site of. A box is as wide as its greater side, stack by stack, so that
// what is gone is seen, too.
function amountsOf(app, cut, metric, calls) {
  const after = cut.values(metric.name);
  const before = cut.before(metric.name);
  const width = before ? after.map((v, i) => Math.max(v, before[i])) : after;
  const column = (values, at, total) => {
    const sums = new Float64Array(calls.count);
    for (let i = 0; i < at.length; i++) sums[at[i]] += values[i];
    for (let c = total ? calls.count - 1 : 0; c > 0; c--) sums[calls.parent[c]] += sums[c];
    return sums;
  };
  const side = (at, total) => {
    const a = column(after, at, total);
    return { after: a, before: before ? column(before, at, total) : null, width: before ? column(width, at, total) : a };
  };
  const all = side(calls.leaf, true);
  const variance = varianceOf(app, cut, metric.name, app.page.sides.length - 1);
  if (variance) all.variance = column(variance, calls.leaf, true);
  return { all, own: side(calls.site, false) };
}

// buildTree returns the tree of what values of the state choose: callers first, or, inverted, sites first and then their
// callers. Its root is a box, and so is all below:
//   parent, depth, kind ("root", "function", "run", "type", "rest", "elsewhere"), function, type, run (as kind has it)
//   node: of the model's nodes that of most of it (-1: none), least, most: how many frames are in it
//   after (the only or later side), before (of a diff; else 0), width: the greater, stack by stack
//   variance: of after where that is an estimate (undefined: not known, as in trees of callers)
//   own: {after, before, width} of what it is the site of, or, inverted, of stacks that have no more callers
// and tree.children(box) are its boxes, the widest first, and what was pruned last. With whole the tree is of all stacks,
// whatever the filter is, and match: {after, before, width} is what of a box matches it (null: there is no filter).
export function buildTree(app, values, { inverted = values.inverted, fold = values.fold, whole = false } = {}) {
  const options = { fold };
  const { calls, amounts } = amountsFor(app, whole ? { ...values, filter: "" } : values, options);
  const matching = whole && values.filter ? amountsFor(app, values, options).amounts : null;
  if (!inverted) return createDownward(calls, amounts, [0], matching);
  return createUpward(calls, amounts.own, Int32Array.from(calls.parent.keys()), false, matching?.own);
}

// calleesOf and callersOf return the trees of what a function calls, and of what calls it: their root is the
// function. Where it calls itself, its outermost call counts.
export function calleesOf(app, values, f) {
  const { calls, amounts } = amountsFor(app, values, { fold: values.fold, keep: f });
  return createDownward(calls, amounts, outermostCalls(calls, f));
}

export function callersOf(app, values, f) {
  const { calls, amounts } = amountsFor(app, values, { fold: values.fold, keep: f });
  return createUpward(calls, amounts.all, outermostCalls(calls, f), true);
}

function amountsFor(app, values, options) {
  const cut = app.model.cut(values);
  const metric = app.model.metric(values);
  const calls = callsOf(app, cut, options);
  return { calls, amounts: keepFor(cut, metric.name + JSON.stringify(options), () => amountsOf(app, cut, metric, calls)) };
}

// outermostCalls returns the calls of a function that are in no other call of it.
function outermostCalls(calls, f) {
  const inside = new Uint8Array(calls.count);
  const found = [];
  for (let c = 1; c < calls.count; c++) {
    const within = inside[calls.parent[c]];
    inside[c] = within || calls.step[c] === f ? 1 : 0;
    if (inside[c] && !within) found.push(c);
  }
  return found;
}

const noAmounts = () => ({ after: 0, before: 0, width: 0 });

// A box of a tree: calls (indices) that are shown as one. There are tens of thousands.
function createBox(calls, parent, step, members) {
  const what = step < 0 ? null : calls.steps.of(step);
  return {
    parent, depth: parent ? parent.depth + 1 : 0, step, members, from: null,
    kind: what?.kind ?? "root", function: what?.function ?? -1, type: what?.type ?? -1, run: what?.run ?? null,
    node: -1, site: 0, least: 0, most: 0, after: 0, before: 0, width: 0, variance: undefined, own: noAmounts(), match: null, children: null,
  };
}

// describeBox notes of a box which node most of it is, and how many frames it has; of a box of callers also of which node they
// are the callers. from are the calls whose amounts are in it.
function describeBox(box, calls, at, from, width) {
  let best = -1;
  for (let i = 0; i < at.length; i++) {
    const c = at[i];
    if (!box.most || calls.least[c] < box.least) box.least = calls.least[c];
    if (calls.most[c] > box.most) box.most = calls.most[c];
    if (calls.node[c] >= 0 && width[from[i]] > best) {
      best = width[from[i]];
      box.node = calls.node[c];
      box.site = from === at ? 0 : Math.max(calls.node[from[i]], 0);
    }
  }
}

function addAmounts(to, from, i) {
  to.after += from.after[i];
  to.width += from.width[i];
  if (from.before) to.before += from.before[i];
}

// byBoxWidth orders boxes: what was pruned is last.
function byBoxWidth(a, b) {
  return (a.kind === "rest") - (b.kind === "rest") || b.width - a.width || a.step - b.step;
}

function createDownward(calls, { all, own }, roots, matching) {
  function make(parent, step, members) {
    const box = createBox(calls, parent, step, members);
    for (const c of members) {
      addAmounts(box, all, c);
      if (all.variance) box.variance = (box.variance ?? 0) + all.variance[c];
      addAmounts(box.own, own, c);
      if (matching) addAmounts(box.match ??= noAmounts(), matching.all, c);
    }
    describeBox(box, calls, members, members, all.width);
    return box;
  }
  function children(box) {
    if (box.children) return box.children;
    const groups = new Map();
    for (const m of box.members) {
      for (let c = calls.child[m]; c; c = calls.sibling[c]) {
        if (!all.width[c]) continue;
        const group = groups.get(calls.step[c]);
        if (group) group.push(c);
        else groups.set(calls.step[c], [c]);
      }
    }
    box.children = [...groups].map(([step, members]) => make(box, step, members)).sort(byBoxWidth);
    return box.children;
  }
  return { inverted: false, calls, root: make(null, calls.step[roots[0] ?? 0], roots), children };
}

// createUpward makes the tree of the callers of some calls, whose amounts are in a side. A box has for each of these (from)
// the call that it has come to (members). The root is what they all are (atRoot), or has them as children.
function createUpward(calls, side, origins, atRoot, matching) {
  const slots = new Int32Array(calls.steps.count()); // of each step, while boxes are made: the number of its group; 0: none

  function make(parent, step, from, at) {
    const box = createBox(calls, parent, step, at);
    box.from = from;
    const isAll = parent === null && !atRoot;
    for (let i = 0; i < from.length; i++) {
      const c = from[i];
      addAmounts(box, side, c);
      if (isAll ? c === 0 : calls.parent[at[i]] <= 0) addAmounts(box.own, side, c);
      if (matching) addAmounts(box.match ??= noAmounts(), matching, c);
    }
    describeBox(box, calls, at, from, side.width);
    return box;
  }

  // nextCalls returns the calls in which those of a box are; 0: none.
  function nextCalls(box) {
    if (box === root && !atRoot) return box.from;
    const next = new Int32Array(box.members.length);
    for (let i = 0; i < next.length; i++) next[i] = Math.max(calls.parent[box.members[i]], 0);
    return next;
  }

  // children sorts the calls into groups by counting: a picture of sites first has a million of them.
  function children(box) {
    if (box.children) return box.children;
    const next = nextCalls(box);
    const steps = [];
    const sizes = [];
    for (let i = 0; i < next.length; i++) {
      if (next[i] === 0) continue;
      const step = calls.step[next[i]];
      if (slots[step] === 0) {
        slots[step] = steps.push(step);
        sizes.push(0);
      }
      sizes[slots[step] - 1]++;
    }
    const groups = sizes.map(n => ({ from: new Int32Array(n), at: new Int32Array(n), filled: 0 }));
    for (let i = 0; i < next.length; i++) {
      if (next[i] === 0) continue;
      const group = groups[slots[calls.step[next[i]]] - 1];
      group.from[group.filled] = box.from[i];
      group.at[group.filled++] = next[i];
    }
    for (const step of steps) slots[step] = 0;
    box.children = groups.map((g, i) => make(box, steps[i], g.from, g.at)).sort(byBoxWidth);
    return box.children;
  }
  const shown = Int32Array.from(origins).filter(c => side.width[c] > 0);
  const root = make(null, atRoot ? calls.step[origins[0]] ?? -1 : -1, shown, shown);
  return { inverted: true, calls, root, children };
}

// functionTotals returns columns over the functions: total and own, each {after, before, width}. A stack that is in a
// function several times counts once. lost is what was pruned, so that it is not known which functions stand between; what
// elsewhere is of places that were too many, and so no function's own.
export function functionTotals(app, values) {
  const { calls, amounts } = amountsFor(app, values, { fold: false });
  const count = app.page.functions.name.length;
  const side = () => ({ after: new Float64Array(count), before: new Float64Array(count), width: new Float64Array(count) });
  const [total, own, lost, elsewhere] = [side(), side(), noAmounts(), noAmounts()];
  const put = (to, f, from, c) => {
    to.after[f] += from.after[c];
    to.width[f] += from.width[c];
    if (from.before) to.before[f] += from.before[c];
  };
  const on = new Int32Array(count); // how many calls of it are on the way to the call at hand
  for (let c = calls.child[0]; c;) {
    const f = calls.step[c];
    if (f < count) {
      if (!on[f]++) put(total, f, amounts.all, c);
      put(own, f, amounts.own, c);
    } else addAmounts(f === calls.steps.rest ? lost : elsewhere, amounts.all, c);
    if (calls.child[c]) {
      c = calls.child[c];
      continue;
    }
    for (;;) {
      if (calls.step[c] < count) on[calls.step[c]]--;
      if (calls.sibling[c]) {
        c = calls.sibling[c];
        break;
      }
      c = calls.parent[c];
      if (!c) break;
    }
  }
  return { total, own, lost, elsewhere };
}
