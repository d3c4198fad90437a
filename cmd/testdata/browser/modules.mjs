// Runs a question about the page's modules that need no browser, and writes the answer as JSON:
// node modules.mjs ASSETS QUESTION <arguments as JSON.
import { readFileSync } from "node:fs";
import path from "node:path";

const [, , assets, question] = process.argv;

// load imports a module of the page. The page has no packages, so that Node would take its files for another kind of module:
// they are imported by their text.
function load(name) {
  return import(address(name));
}

function address(name) {
  const text = readFileSync(path.join(assets, name), "utf8").replace(/from "\.\/([a-z_]+\.js)"/g, (_, other) => `from "${address(other)}"`);
  return "data:text/javascript;base64," + Buffer.from(text).toString("base64");
}

const questions = {
  // What numbers are in words.
  async amounts({ units, estimated, bytes, counts, times, shares, margins }) {
    const { createAmounts, percentage } = await load("amounts.js");
    const amounts = createAmounts(units, estimated);
    return {
      bytes: bytes.map(amounts.size), counts: counts.map(amounts.count), times: times.map(amounts.time), shares: shares.map(percentage),
      margins: margins.map(([value, margin]) => amounts.margin(value, (margin / 2) ** 2)),
    };
  },

  // The sums of ranges: [total bytes, total blocks, live bytes, live blocks] of each.
  async ranges({ windows, ranges }) {
    const { windowValues } = await load("windows.js");
    return ranges.map((range) => {
      const column = windowValues(windows, range);
      const sums = ["total-bytes", "total-blocks", "live-bytes", "live-blocks"].map((name) => column(name).reduce((a, b) => a + b, 0));
      return { sums, atLeast: column.atLeast };
    });
  },

  // What is left of values of the state that were written into a fragment and read again.
  async fragments({ initial, all, texts }) {
    const { fragmentOf, valuesOf } = await load("state.js");
    return { read: all.map((values) => valuesOf(fragmentOf(values, initial), initial)), texts: texts.map((text) => valuesOf(text, initial)) };
  },

  // The commands for values of the state, each with the values that it is for.
  async commands({ page, all }) {
    const { commandsOf } = await load("command.js");
    const { createModel } = await load("model.js");
    const { subjectOf } = await load("subject.js");
    const app = { page, model: createModel(page) };
    const usual = { view: "flame", metric: page.default, range: null, filter: "", selection: null, fold: true, inverted: false, preset: "", group: "", brush: null, snapshot: 0 };
    return all.map((chosen) => {
      const values = { ...usual, ...chosen };
      return commandsOf(app, values, subjectOf(page, values.selection), 1).map(({ command }) => command);
    });
  },

  // The rows of the table: of each grouping what a row is called, its type, its metrics, its blocks that count once, and its lines.
  async groups({ page, groupings }) {
    const { columnOf, groupRecords, linesOf, sumOf } = await load("groups.js");
    const { createModel } = await load("model.js");
    const { createNames } = await load("names.js");
    const app = { page, model: createModel(page), names: createNames(page) };
    const cut = app.model.cut({ range: null, filter: "", brush: null });
    const names = page.metrics.map((metric) => metric.name);
    return groupings.map((by) => {
      const grouped = groupRecords(app, cut, by);
      return grouped.groups.map((group) => ({
        name: ["site", "type"].includes(by) ? group.name : group.key, type: app.names.type(by === "site" ? group.type : -1),
        values: names.map((name) => grouped.sums(name)[group.index]), distinct: grouped.sums("distinct-blocks")[group.index],
        lines: group.places.length < 2 ? [] : linesOf(app, grouped, group.index).map((line) => ({ line: line.line, values: names.map((name) => sumOf(line.records, columnOf(app, cut, name))) })),
      }));
    });
  },
};

const answer = await questions[question](JSON.parse(readFileSync(0, "utf8")));
process.stdout.write(JSON.stringify(answer));
