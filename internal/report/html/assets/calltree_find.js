// Finding boxes in trees of calls: that of a node, those of what is selected, those that match.

// findBox returns the box of a tree that shows a node: with site, where a run of frames begins with the same one, that of the
// site. In a tree of callers it is that of the callers of a site's node. null: there is none.
export function findBox(tree, node, site = 0) {
  if (node <= 0) return null;
  const { calls } = tree;
  const steps = [];
  if (!tree.inverted) for (let c = callAt(calls, node, site === node); c > 0; c = calls.parent[c]) steps.unshift(calls.step[c]);
  else {
    let c = tree.root.from.find(o => calls.node[o] === site) ?? 0;
    for (; c > 0; c = calls.parent[c]) {
      steps.push(calls.step[c]);
      if (calls.node[c] === node) break;
    }
    if (c <= 0) return null;
  }
  return followSteps(tree, steps);
}

// callAt returns the call that is a node, or that which the node's run is in.
function callAt(calls, node, isSite) {
  let found = 0;
  for (let c = 1; c < calls.count; c++) {
    if (calls.node[c] !== node) continue;
    const { kind } = calls.steps.of(calls.step[c]);
    if (kind === "function" && isSite) return c;
    if (kind !== "rest" && !found) found = c;
  }
  return found || calls.callOf(node);
}

// stepsOf returns the way to a box, and followSteps goes it, in the same tree or in another; null if it does not lead on there.
export function stepsOf(box) {
  const steps = [];
  for (; box?.parent; box = box.parent) steps.unshift(box.step);
  return steps;
}

export function followSteps(tree, steps) {
  let box = tree.root;
  for (const step of steps) {
    box = tree.children(box).find(child => child.step === step);
    if (!box) return null;
  }
  return box;
}

// markCalls returns a column that is 1 for the calls that a subject is about (see subjectOf); null for none.
export function markCalls(app, tree, list, subject) {
  if (!subject) return null;
  const { calls } = tree;
  const marks = new Uint8Array(calls.count);
  const { kind, id, type = -1 } = subject;
  switch (kind) {
    case "node":
      for (let c = 1; c < calls.count; c++) if (calls.node[c] === id && calls.steps.of(calls.step[c]).kind !== "rest") marks[c] = 1;
      if (!marks.includes(1)) marks[calls.callOf(id)] = 1;
      break;
    case "function":
      for (let c = 1; c < calls.count; c++) if (calls.step[c] === id) marks[c] = 1;
      break;
    case "place":
      for (let i = 0; i < list.count; i++) if (list.place[i] === id && (type < 0 || list.type[i] === type)) marks[calls.site[i]] = 1;
      break;
    case "type":
      for (let i = 0; i < list.count; i++) if (list.type[i] === id) marks[calls.leaf[i]] = 1;
      break;
    default:
      return null;
  }
  return marks;
}

// isMarkedBox reports whether a box has a call that is marked.
export function isMarkedBox(box, marks) {
  return marks !== null && box.depth > 0 && box.members.some(c => marks[c]);
}

// selectionOf returns what is selected with a box: a node, in a tree of callers a function, or what a site allocates of a type.
// What is none of these stands for its caller.
export function selectionOf(tree, list, box) {
  for (; box.depth > 0; box = box.parent) {
    if (box.kind === "type") return typeSelection(tree, list, box);
    if (box.kind === "function" && (tree.inverted || box.node <= 0)) return { kind: "function", id: box.function };
    if ((box.kind === "function" || box.kind === "run") && box.node > 0) return { kind: "node", id: box.node };
  }
  return null;
}

function typeSelection({ calls }, list, box) {
  const members = new Set(box.members);
  const places = new Set();
  for (let i = 0; i < list.count; i++) if (members.has(calls.leaf[i])) places.add(list.place[i]);
  const [place] = places;
  return places.size === 1 && place >= 0 ? { kind: "place", id: place, type: box.type } : { kind: "type", id: box.type };
}

// matchesOf returns the boxes whose own names match, the widest first: those that are found among the first boxes of a tree,
// since a tree of callers may have a million.
export function matchesOf(tree, isMatch) {
  const mostLooked = 30_000;
  const found = [];
  const pending = [tree.root];
  for (let looked = 0; pending.length && looked < mostLooked; looked++) {
    const box = pending.pop();
    if (box.match && !box.match.width) continue;
    if (box.depth > 0 && isMatch(box)) found.push(box);
    pending.push(...tree.children(box));
  }
  return found.sort((a, b) => b.match.width - a.match.width || a.depth - b.depth);
}
