// The calls as views show them: the tree of calls with runs of frames folded that a reader would only pass on the way,
// with the types of blocks as leaves, and with what was pruned as a rest. internal/report/frames/steps.go does the same.

export const nodePassed = 1;
export const nodePlumbing = 2;
export const nodeMoreLines = 4;
export const functionOwn = 1;
export const functionNameless = 8;
export const functionPassed = 16;

// To leave out fewer frames than leastRun would save nothing; a run is named by no more than mostLibraries.
const leastRun = 3;
const mostLibraries = 3;

// createSteps returns the numbers of what a call may be: the functions first, then what is none.
function createSteps(page) {
  const functions = page.functions.name.length;
  const others = [];
  const index = new Map();
  const other = (key, make) => {
    if (!index.has(key)) {
      index.set(key, functions + others.length);
      others.push(make());
    }
    return index.get(key);
  };
  return {
    rest: other("rest", () => ({ kind: "rest" })),
    elsewhere: other("elsewhere", () => ({ kind: "elsewhere" })), // of all places that were too many
    type: t => other("type " + t, () => ({ kind: "type", type: t })),
    run: r => other("run " + r.libraries.slice().sort().join(",") + (r.recursion ? " again" : ""), () => ({ kind: "run", run: r })),
    count: () => functions + others.length,
    of: step => (step < functions ? { kind: "function", function: step } : others[step - functions]),
  };
}

// runOf names the run of so many nodes that ends with a node: by the libraries with most of its frames, outermost first.
function runOf(model, node, length) {
  const { library, flags } = model.page.functions;
  const counts = new Map();
  let recursion = false;
  const run = [];
  for (let n = node; run.length < length; n = model.nodes.parent[n]) run.unshift(model.nodes.function[n]);
  for (const f of run) {
    if (!(flags[f] & functionPassed)) recursion = true;
    else if (library[f]) counts.set(library[f], (counts.get(library[f]) ?? 0) + 1);
  }
  if (counts.size > 1) counts.delete("std"); // it is in every run
  const named = [...counts].sort((a, b) => b[1] - a[1]).slice(0, mostLibraries).map(([name]) => name);
  return { libraries: [...counts.keys()].filter(name => named.includes(name)), recursion };
}

// createCalls returns a tree to which calls are added, each within its caller: call 0 is the root.
function createCalls() {
  const parent = [-1], step = [-1], node = [0], least = [1], most = [1];
  const index = new Map();
  function child(caller, s, n, frames = 1) {
    const key = caller * 0x400000 + s;
    let call = index.get(key);
    if (call === undefined) {
      call = parent.length;
      index.set(key, call);
      parent.push(caller);
      step.push(s);
      node.push(n);
      least.push(frames);
      most.push(frames);
    } else if (frames < least[call]) least[call] = frames;
    else if (frames > most[call]) most[call] = frames;
    return call;
  }
  return { parent, step, node, least, most, child };
}

// foldCalls returns the calls of a list of records: columns parent, step, node (the first of the model's nodes that it
// is; -1: none), least and most (how many frames it has in its stacks); of each record its leaf, and the call
// that is its site; and callOf, which tells the call of a node, or that which its run is in.
//
// With fold runs of frames are one call, stacks end at their sites, and types are leaves; else every frame is a call, and
// types are none. The function keep is never folded or left out.
export function foldCalls(model, list, { fold, keep = -1 }) {
  const { nodes, page } = model;
  const steps = createSteps(page);
  const calls = createCalls();
  const drawn = new Int32Array(nodes.count); // of each node that is no part of a run: its call
  const before = new Int32Array(nodes.count); // of each one in a run: the call that the run is in
  const length = new Int32Array(nodes.count); // and how many frames of the run there are up to it; 0: none
  const flushed = new Int32Array(nodes.count).fill(-1);
  const passed = n => fold && (nodes.flags[n] & nodePassed) !== 0 && nodes.function[n] !== keep;

  // within returns the call in which the next one is that does not continue the run of a node, if it is in one.
  function within(n) {
    if (!length[n]) return drawn[n];
    if (flushed[n] < 0) flushed[n] = runWithin(before[n], n, length[n]);
    return flushed[n];
  }

  // runWithin adds a run to a call, or its frames if they are few.
  function runWithin(call, last, frames) {
    if (frames < leastRun) {
      const run = [];
      for (let n = last; run.length < frames; n = nodes.parent[n]) run.push(n);
      return run.reduceRight((caller, n) => calls.child(caller, nodes.function[n], n), call);
    }
    let first = last;
    for (let i = 1; i < frames; i++) first = nodes.parent[first];
    return calls.child(call, steps.run(runOf(model, last, frames)), first, frames);
  }

  for (let n = 1; n < nodes.count; n++) {
    const caller = nodes.parent[n];
    if (passed(n)) {
      before[n] = length[caller] ? before[caller] : drawn[caller];
      length[n] = length[caller] + 1;
    } else drawn[n] = calls.child(within(caller), nodes.function[n], n);
  }

  // siteAt returns the call of a node that is the site of a record, and so is never in a run.
  const siteAt = n => (length[n] ? calls.child(within(nodes.parent[n]), nodes.function[n], n) : drawn[n]);

  // tail adds what a site calls to allocate on its behalf, up to a node.
  function tail(call, site, last) {
    const stack = [];
    for (let n = last; n !== site; n = nodes.parent[n]) stack.unshift(n);
    return stack.reduce((caller, n) => calls.child(caller, nodes.function[n], n), call);
  }

  // isKeptBetween reports whether the function to keep is what a site calls to allocate, up to a node.
  function isKeptBetween(site, last) {
    for (let n = last; keep >= 0 && n !== site; n = nodes.parent[n]) if (nodes.function[n] === keep) return true;
    return false;
  }

  const leaf = new Int32Array(list.count);
  const site = new Int32Array(list.count);
  for (let i = 0; i < list.count; i++) {
    const n = list.node[i];
    const place = list.place[i];
    let at;
    let last = n;
    if (list.rest[i]) {
      at = calls.child(within(n), steps.rest, n);
      at = calls.child(at, place < 0 ? steps.elsewhere : page.places.function[place], -1);
    } else {
      last = siteNode(model, n, place);
      at = siteAt(last);
    }
    site[i] = at;
    if (!fold) {
      leaf[i] = list.rest[i] ? at : drawn[n];
      continue;
    }
    if (isKeptBetween(last, n)) at = tail(at, last, n);
    leaf[i] = list.type[i] >= 0 ? calls.child(at, steps.type(list.type[i]), -1) : at;
  }
  const callOf = n => (length[n] ? before[n] : drawn[n]);
  const columns = Object.fromEntries(["parent", "step", "node", "least", "most"].map(name => [name, Int32Array.from(calls[name])]));
  return { ...columns, count: calls.parent.length, steps, leaf, site, callOf };
}

// siteNode returns the node that is the site of a record at a node: one outward of it calls what allocates on its behalf.
function siteNode({ nodes, page }, node, place) {
  const f = place < 0 ? -1 : page.places.function[place];
  for (let n = node; n > 0; n = nodes.parent[n]) if (nodes.function[n] === f) return n;
  let n = node;
  while (n > 0 && nodes.flags[n] & nodePlumbing) n = nodes.parent[n];
  return n > 0 ? n : node;
}
