// Colours of boxes: by module, by whose code it is, and by change. All have names on them as well, and changes a sign. Text
// on each has a contrast of 4.5:1 at least; the hues stay apart for those who do not tell red from green.

import { functionNameless, functionOwn, functionPassed } from "./calltree_fold.js";

const moduleHues = {
  light: ["#f5c59a", "#a8cbf0", "#a6d9bb", "#e8bbdb", "#e6d98c", "#c3bdf0", "#9dd8db", "#dcbfae"],
  dark: ["#85471c", "#28527f", "#22623e", "#743661", "#655911", "#4d468c", "#1b6065", "#684430"],
};
const plainColors = {
  light: { other: "#dde1e8", run: "#eceef2", paper: "#ffffff", ink: "#1b1e25", less: "#5fa2e4", same: "#e3e5ea", more: "#f0904a" },
  dark: { other: "#3a404c", run: "#282c35", paper: "#14161a", ink: "#f0f2f7", less: "#1f5f9e", same: "#363b46", more: "#a1480f" },
};

// createColors returns what colours boxes. kinds of colours: module, own, change.
export function createColors(app) {
  const { functions } = app.page;
  const keys = functions.name.map((_, f) => moduleKey(app.page, f));
  const ranked = rankModules(app, keys);
  const rank = new Map(ranked.map((key, i) => [key, i]));
  const ofFunction = keys.map(key => rank.get(key) ?? -1);
  // Neighbours of one colour are told apart by a shade, and what has a name stands out from what has none.
  const shaded = (color, f, theme) => mixColors(color, plainColors[theme].paper, (functions.flags[f] & functionNameless ? 0.4 : 0) + (f * 7 % 5) * 0.045);

  function module(f, theme) {
    const i = ofFunction[f];
    return shaded(i >= 0 && i < moduleHues[theme].length ? moduleHues[theme][i] : plainColors[theme].other, f, theme);
  }

  function own(f, theme) {
    const isOwn = (functions.flags[f] & functionOwn) !== 0;
    return shaded(isOwn ? moduleHues[theme][0] : plainColors[theme].other, f, theme);
  }

  function change(box, theme) {
    const c = plainColors[theme];
    const part = changePart(box);
    return mixColors(part < 0 ? c.less : c.more, c.same, 1 - Math.abs(part));
  }

  // fill returns the colour of a box.
  function fill(box, kind, theme) {
    if (kind === "change") return change(box, theme);
    switch (box.kind) {
      case "function": return (kind === "own" ? own : module)(box.function, theme);
      case "type": return mixColors(fill(box.parent, kind, theme), plainColors[theme].paper, 0.5);
      case "run": return plainColors[theme].run;
      default: return plainColors[theme].other;
    }
  }

  // legend returns what the colours mean: words, and the colour of each.
  function legend(kind, theme) {
    const c = plainColors[theme];
    if (kind === "change") return [["less", c.less], ["same", c.same], ["more", c.more]];
    if (kind === "own") return [["own code", moduleHues[theme][0]], ["other code", c.other]];
    const most = moduleHues[theme].length;
    const named = ranked.slice(0, most).map((key, i) => [key, moduleHues[theme][i]]);
    return ranked.length > most ? [...named, [`${ranked.length - most} more`, c.other]] : named;
  }

  return { fill, legend, ink: theme => plainColors[theme].ink, paper: theme => plainColors[theme].paper };
}

// changePart is how much of the greater side of a box has changed: from -1, all is gone, to 1, all is new. Little changes
// show already.
function changePart({ after, before }) {
  return after === before ? 0 : Math.sign(after - before) * Math.sqrt(Math.abs(after - before) / Math.max(after, before));
}

// moduleKey is the module of a function, of Rust its crate, and where neither is known its file.
function moduleKey(page, f) {
  const { crate, file, module } = page.functions;
  const path = crate[f] || page.modules[module[f]] || page.files[file[f]] || "";
  return crate[f] || path.slice(path.lastIndexOf("/") + 1);
}

// rankModules returns the modules, and of Rust the crates, by how much of the picture of the whole run is theirs: their colours
// stay the same whatever is chosen then. What only leads on is folded, and counts little.
function rankModules({ model, page }, keys) {
  const cut = model.cut({ range: null, filter: "", brush: null });
  const sums = model.nodeSums(cut.list, cut.values(page.default));
  const areas = new Float64Array(keys.length); // of functions
  for (let n = 1; n < model.nodes.count; n++) areas[model.nodes.function[n]] += sums[n];
  const area = new Map();
  keys.forEach((key, f) => {
    if (key) area.set(key, (area.get(key) ?? 0) + areas[f] * (page.functions.flags[f] & functionPassed ? 0.01 : 1));
  });
  return [...area].sort((a, b) => b[1] - a[1]).map(([key]) => key);
}

const mixedColors = new Map();

// mixColors returns a colour with a part of another one: 0 is none, 1 all.
function mixColors(color, other, part) {
  const key = color + other + part;
  if (!mixedColors.has(key)) {
    const channel = i => Math.round(parseInt(color.slice(i, i + 2), 16) * (1 - part) + parseInt(other.slice(i, i + 2), 16) * part);
    mixedColors.set(key, "#" + [1, 3, 5].map(i => channel(i).toString(16).padStart(2, "0")).join(""));
  }
  return mixedColors.get(key);
}
