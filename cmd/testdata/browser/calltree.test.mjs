// Trees of calls, without a browser: whatever is folded, inverted or pruned, sums are those of the records.
import { assert, test } from "./harness.mjs";
import { buildTree, calleesOf, callersOf, functionTotals } from "../../../internal/report/html/assets/calltree.js";
import { createBoxNames } from "../../../internal/report/html/assets/calltree_names.js";
import { layBoxes } from "../../../internal/report/html/assets/flame_layout.js";
import { createModel } from "../../../internal/report/html/assets/model.js";
import { openRows, rowsOf } from "../../../internal/report/html/assets/tree_rows.js";

const usual = { range: null, filter: "", brush: null, metric: "peak-bytes", fold: true, inverted: false };
const passed = 1;
const machinery = 16; // of functions: passed wherever they are

// pageOf makes a page of functions, given by name as "name" or "library:name" for what is passed, and of stacks, outermost
// first: [functions, amounts, {type, rest: the site of a stack that was pruned, plumbing: how many of the last are none but that}].
function pageOf(stacks, sides = 1) {
  const page = {
    sides: Array.from({ length: sides }, () => ({})), metrics: [{ name: "peak-bytes", unit: "bytes" }], default: "peak-bytes", files: [], modules: [],
    functions: { name: [], short: [], apart: [], file: [], module: [], crate: [], library: [], flags: [] },
    places: { function: [], line: [], where: [], label: [] }, types: { name: [], full: [] },
    nodes: { parent: [-1], function: [-1], line: [0], flags: [0] },
    records: { node: [], place: [], type: [], rest: [], values: Array.from({ length: sides }, () => []) },
  };
  const indexOf = (list, value, add) => {
    if (!list.includes(value)) add();
    return list.indexOf(value);
  };
  const functionOf = text => indexOf(page.functions.name, text.replace(/.*:/, ""), () => {
    const isPassed = text.includes(":");
    const all = { name: text.replace(/.*:/, ""), short: "", apart: "", file: -1, module: -1, crate: "", library: isPassed ? text.replace(/:.*/, "") : "", flags: isPassed ? machinery : 0 };
    for (const [column, value] of Object.entries(all)) page.functions[column].push(value);
  });
  const children = new Map();
  for (const [names, amounts, { type = "", rest = null, plumbing = 0 } = {}] of stacks) {
    const functions = names.map(functionOf);
    let node = 0;
    functions.forEach((f, i) => {
      const key = `${node} ${f}`;
      if (!children.has(key)) {
        const isPassed = page.functions.flags[f] & machinery || functions.indexOf(f) < i;
        children.set(key, page.nodes.parent.length);
        page.nodes.parent.push(node);
        page.nodes.function.push(f);
        page.nodes.line.push(0);
        page.nodes.flags.push(isPassed ? passed : 0);
      }
      node = children.get(key);
    });
    const site = rest ? functionOf(rest) : functions[functions.length - 1 - plumbing];
    const place = indexOf(page.places.function, site, () => {
      page.places.function.push(site);
      page.places.label.push("");
    });
    page.records.node.push(node);
    page.records.place.push(place);
    page.records.type.push(type ? indexOf(page.types.name, type, () => page.types.name.push(type)) : -1);
    page.records.rest.push(rest ? 1 : 0);
    page.records.values.forEach((column, side) => column.push([amounts].flat()[side]));
  }
  return page;
}

function appOf(page) {
  const base = path => path;
  return { page, model: createModel(page), names: { func: f => page.functions.name[f], short: f => page.functions.name[f], type: t => page.types.name[t], base, moduleOf: () => "" } };
}

// linesOf writes a tree: each box with its amount, indented.
function linesOf(app, tree) {
  const { name } = createBoxNames(app);
  const lines = [];
  const walk = (box, indent) => {
    lines.push(`${indent}${name(box)} ${box.after}`);
    for (const child of tree.children(box)) walk(child, indent + " ");
  };
  walk(tree.root, "");
  return lines;
}

test("a run of three frames or more that only lead on is one box, named by its libraries, and a stack ends at its site", {}, () => {
  const app = appOf(pageOf([
    [["main", "tokio:run", "tokio:poll", "hyper:serve", "handle", "std:push"], 8, { type: "Vec<u8>", plumbing: 1 }],
    [["main", "tokio:run", "tokio:poll", "std:call", "hyper:serve", "handle"], 4],
    [["main", "tokio:run", "tokio:poll", "hyper:serve"], 2],
    [["main", "parse", "parse", "parse", "parse", "leaf", "std:push"], 1, { plumbing: 1 }],
  ]));
  assert.deepEqual(linesOf(app, buildTree(app, usual)), [
    "all 15", " main 15",
    "  … 3–4 frames tokio, hyper 12", "   handle 12", "    [Vec<u8>] 8",
    "  run 2", "   poll 2", "    serve 2",
    "  parse 1", "   … 3 frames recursion 1", "    leaf 1",
  ]);
  assert.deepEqual(linesOf(app, buildTree(app, { ...usual, inverted: true })), [
    "all 15",
    " handle 12", "  … 3–4 frames tokio, hyper 12", "   main 12",
    " serve 2", "  poll 2", "   run 2", "    main 2",
    " leaf 1", "  … 3 frames recursion 1", "   parse 1", "    main 1",
  ]);
});

test("what was pruned is a box of its own, with the sites that it is of", {}, () => {
  const app = appOf(pageOf([[["main", "load"], 5], [["main"], 3, { rest: "small" }], [["main"], 2, { rest: "tiny", type: "Node" }]]));
  assert.deepEqual(linesOf(app, buildTree(app, usual)), ["all 10", " main 10", "  load 5", "  … smaller stacks 5", "   small 3", "   tiny 2", "    [Node] 2"]);
  const { total, own, lost } = functionTotals(app, usual);
  const small = app.page.functions.name.indexOf("small");
  assert.deepEqual([total.after[small], own.after[small], lost.after], [3, 3, 5]);
  assert.deepEqual(linesOf(app, callersOf(app, usual, small)), ["small 3", " … smaller stacks 3", "  main 3"]);
});

test("of a filter it is known how much may match that was pruned", {}, () => {
  const { model } = appOf(pageOf([[["main", "load"], 5], [["main"], 3, { rest: "small" }], [["main"], 2, { rest: "tiny" }]]));
  const missed = filter => model.cut({ ...usual, filter }).missed("peak-bytes");
  assert.deepEqual(["", "load", "small", "main", "between"].map(missed), [0, 5, 2, 0, 5]);
});

test("a function that calls itself counts once, with its outermost callers and callees", {}, () => {
  const app = appOf(pageOf([[["main", "visit", "visit", "add"], 4], [["main", "visit", "add"], 2], [["other", "visit"], 1]]));
  const visit = app.page.functions.name.indexOf("visit");
  assert.equal(functionTotals(app, usual).total.after[visit], 7);
  assert.deepEqual(linesOf(app, callersOf(app, usual, visit)), ["visit 7", " main 6", " other 1"]);
  assert.deepEqual(linesOf(app, calleesOf(app, usual, visit)), ["visit 7", " visit 4", "  add 4", " add 2"]);
});

test("a chain of single calls shares a row of the table, and what is small is one row with its sum", {}, () => {
  const stacks = [[["main", "a", "b", "c", "d", "site"], 1000]];
  for (let i = 0; i < 40; i++) stacks.push([["main", `small${i}`], 10]);
  const app = appOf(pageOf(stacks));
  const tree = buildTree(app, usual);
  const open = openRows(tree, false, 24);
  const rows = rowsOf(tree, { fold: true, isDiff: false, isOpen: box => open.has(box), shown: () => 0 }, true);
  const [all, main, chain] = rows;
  assert.deepEqual([all.after, main.after, chain.between], [1400, 1400, [3, 3]]);
  const more = rows[rows.length - 1];
  assert.deepEqual([more.kind, more.count, more.after], ["more", 29, 290]);
  assert.equal(rows.filter(r => r.parent === main).reduce((sum, r) => sum + r.after, 0), main.after);
});

// randomStacks returns stacks without pattern, the same for the same seed.
function randomStacks(seed) {
  let state = seed;
  const random = n => {
    state = (state * 1103515245 + 12345) & 0x7fffffff;
    return (state >> 8) % n;
  };
  const all = ["main", "std:call", "tokio:poll", "hyper:serve", "own", "parse", "leaf", "alloc"];
  return Array.from({ length: 150 }, () => {
    const names = Array.from({ length: 1 + random(12) }, () => all[random(all.length)]);
    const plumbing = Math.min(random(3), names.length - 1);
    return [names, [random(1000), random(1000)], { type: ["", "Node", "Vec<u8>"][random(3)], ...(random(5) ? { plumbing } : { rest: all[random(all.length)] }) }];
  });
}

test("all that is in a box adds up to it, whatever is folded, inverted, filtered or too narrow", {}, () => {
  const sum = (boxes, name) => boxes.reduce((all, b) => all + b[name], 0);
  for (let seed = 1; seed <= 4; seed++) {
    const app = appOf(pageOf(randomStacks(seed), 2));
    for (const fold of [true, false]) for (const filter of ["", "parse"]) for (const inverted of [true, false]) {
      const values = { ...usual, fold, filter, inverted };
      const cut = app.model.cut(values);
      const tree = buildTree(app, values);
      assert.deepEqual([tree.root.after, tree.root.before], [cut.total("peak-bytes"), cut.total("peak-bytes", 0)]);
      let [own, leaves] = [0, 0];
      const walk = box => {
        const inside = tree.children(box);
        for (const name of ["after", "before", "width"]) assert(sum(inside, name) <= box[name]);
        own += box.own.after;
        leaves += box.after - sum(inside, "after");
        inside.forEach(walk);
      };
      walk(tree.root);
      assert.deepEqual([own, leaves], [tree.root.after, tree.root.after]);
      const rows = layBoxes(tree, tree.root, { width: 200 });
      for (const item of rows.flat().filter(i => i.kind !== "small")) {
        const inside = (rows[item.row + 1] ?? []).filter(i => i.parent === item);
        const missing = sum(tree.children(item.box), "width") - sum(inside, "width");
        assert(missing >= 0 && missing * 200 / tree.root.width < 0.5, "what is too narrow is in no box");
      }
    }
  }
});
