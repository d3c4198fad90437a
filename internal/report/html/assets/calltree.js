// Trees of calls with amounts, made as they are opened: callers first or sites first, and the callers and callees of one
// function. What is in a box is the sum of its children, of what it allocates itself, and of what was pruned below it.

import { foldCalls } from "./calltree_fold.js";

// What was made of a list of records is kept for as long as the list is: [key, value], the latest last.
const keptOf = new WeakMap();
const mostKept = 6;

function keep(owner, key, make) {
  if (!keptOf.has(owner)) keptOf.set(owner, new Map());
  const kept = keptOf.get(owner);
  const value = kept.has(key) ? kept.get(key) : make();
  kept.delete(key);
  kept.set(key, value);
  if (kept.size > mostKept) kept.delete(kept.keys().next().value);
  return value;
}

// callsOf returns the calls of a cut, folded or not: see foldCalls.
function callsOf(app, cut, fold, kept = -1) {
  return keep(cut.list, `${fold} ${kept}`, () => {
    const calls = foldCalls(app.model, cut.list, fold, kept);
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
  return { all: side(calls.leaf, true), own: side(calls.site, false) };
}

// buildTree returns the tree of what values of the state choose: callers first, or, inverted, sites first and then their
// callers. Its root is a box, and so is all below:
//   parent, depth, kind ("root", "function", "run", "type", "rest", "elsewhere"), function, type, run (as kind has it)
//   node: of the model's nodes that of most of it (-1: none), least, most: how many frames are in it
//   after (the only or later side), before (of a diff; else 0), width: the greater, stack by stack
//   own: {after, before, width} of what it is the site of, or, inverted, of stacks that have no more callers
// and tree.children(box) are its boxes, the widest first, and what was pruned last.
export function buildTree(app, values, { inverted = values.inverted, fold = values.fold } = {}) {
  const { calls, amounts } = base(app, values, fold);
  if (!inverted) return createDownward(app, calls, amounts, [0]);
  const sites = [];
  for (let c = 0; c < calls.count; c++) if (amounts.own.width[c] > 0) sites.push(c);
  return createUpward(app, calls, amounts.own, sites, false);
}

// calleesOf and callersOf return the trees of what a function calls, and of what calls it: their root is the
// function. Where it calls itself, its outermost call counts.
export function calleesOf(app, values, f) {
  const { calls, amounts } = base(app, values, values.fold, f);
  return createDownward(app, calls, amounts, outermost(calls, f));
}

export function callersOf(app, values, f) {
  const { calls, amounts } = base(app, values, values.fold, f);
  return createUpward(app, calls, amounts.all, outermost(calls, f), true);
}

function base(app, values, fold, kept) {
  const cut = app.model.cut(values);
  const metric = app.model.metric(values);
  const calls = callsOf(app, cut, fold, kept);
  return { calls, amounts: keep(cut, `${metric.name} ${fold} ${kept}`, () => amountsOf(app, cut, metric, calls)) };
}

// outermost returns the calls of a function that are in no other call of it.
function outermost(calls, f) {
  const inside = new Uint8Array(calls.count);
  const found = [];
  for (let c = 1; c < calls.count; c++) {
    const within = inside[calls.parent[c]];
    inside[c] = within || calls.step[c] === f ? 1 : 0;
    if (inside[c] && !within) found.push(c);
  }
  return found;
}

// A box of a tree: calls (indices) that are shown as one.
function createBox(calls, parent, step, members) {
  const box = {
    parent, depth: parent ? parent.depth + 1 : 0, step, members,
    kind: "root", function: -1, type: -1, run: null, node: -1, least: 0, most: 0,
    after: 0, before: 0, width: 0, own: { after: 0, before: 0, width: 0 }, children: null,
  };
  return step < 0 ? box : Object.assign(box, calls.steps.of(step));
}

// describe notes of a box which node most of it is, and how many frames it has.
function describe(box, calls, at, width) {
  let best = -1;
  for (let i = 0; i < at.length; i++) {
    const c = at[i];
    if (!box.most || calls.least[c] < box.least) box.least = calls.least[c];
    if (calls.most[c] > box.most) box.most = calls.most[c];
    if (calls.node[c] >= 0 && width[i] > best) [best, box.node] = [width[i], calls.node[c]];
  }
}

function add(to, from, i) {
  to.after += from.after[i];
  to.width += from.width[i];
  if (from.before) to.before += from.before[i];
}

// byWidth orders boxes: what was pruned is last.
function byWidth(a, b) {
  return (a.kind === "rest") - (b.kind === "rest") || b.width - a.width || a.step - b.step;
}

function createDownward(app, calls, { all, own }, roots) {
  function make(parent, step, members) {
    const box = createBox(calls, parent, step, members);
    for (const c of members) {
      add(box, all, c);
      add(box.own, own, c);
    }
    describe(box, calls, members, members.map(c => all.width[c]));
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
    box.children = [...groups].map(([step, members]) => make(box, step, members)).sort(byWidth);
    return box.children;
  }
  return { inverted: false, calls, root: make(null, calls.step[roots[0] ?? 0], roots), children };
}

// createUpward makes the tree of the callers of some calls, whose amounts are in a side. A box has for each of these the
// call that it has come to. The root is what they all are (atRoot), or has them as children.
function createUpward(app, calls, side, origins, atRoot) {
  function make(parent, step, from, at) {
    const box = createBox(calls, parent, step, at);
    box.from = from;
    for (const c of from) add(box, side, c);
    const all = parent === null && !atRoot;
    from.forEach((c, i) => {
      if (all ? c === 0 : calls.parent[at[i]] <= 0) add(box.own, side, c);
    });
    describe(box, calls, at, from.map(c => side.width[c]));
    return box;
  }
  function children(box) {
    if (box.children) return box.children;
    const first = box === root && !atRoot;
    const groups = new Map();
    for (let i = 0; i < box.from.length; i++) {
      const c = first ? box.from[i] : calls.parent[box.members[i]];
      if (c <= 0 || !side.width[box.from[i]]) continue;
      let group = groups.get(calls.step[c]);
      if (!group) groups.set(calls.step[c], group = [[], []]);
      group[0].push(box.from[i]);
      group[1].push(c);
    }
    box.children = [...groups].map(([step, [from, at]]) => make(box, step, from, at)).sort(byWidth);
    return box.children;
  }
  const root = make(null, atRoot ? calls.step[origins[0]] ?? -1 : -1, origins, origins);
  return { inverted: true, calls, root, children };
}

// functionTotals returns columns over the functions: total and own, each {after, before, width}. A stack that is in a
// function several times counts once. lost is what was pruned, so that it is not known which functions stand between; what
// elsewhere is of places that were too many, and so no function's own.
export function functionTotals(app, values) {
  const { calls, amounts } = base(app, values, false);
  const count = app.page.functions.name.length;
  const side = () => ({ after: new Float64Array(count), before: new Float64Array(count), width: new Float64Array(count) });
  const one = () => ({ after: 0, before: 0, width: 0 });
  const [total, own, lost, elsewhere] = [side(), side(), one(), one()];
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
    } else add(f === calls.steps.rest ? lost : elsewhere, amounts.all, c);
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
