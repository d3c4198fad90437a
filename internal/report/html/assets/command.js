// The commands of heapprof that print what the page shows.

import { functionNameless } from "./calltree_fold.js";
import { isExpression, quoteExpression } from "./model.js";
import { presetOf } from "./table_presets.js";

// shellQuote quotes a word for a shell.
export function shellQuote(word) {
  if (/^[\w\-./+,:@%=]+$/.test(word)) return word;
  return `'${word.replace(/'/g, "'\\''")}'`;
}

// regexpOf returns the regular expression that matches a name and nothing else. An … stands for what is left out of it. Of very
// long ones it is the beginning: a shell would not take more.
export function regexpOf(text) {
  const most = 300;
  const expression = quoteExpression(text.slice(0, most)).replaceAll("…", ".*");
  return text.length > most ? `^${expression}` : `^${expression}$`;
}

// timeArgument writes a moment's time so that heapprof finds that moment by it.
function timeArgument(units, time) {
  if (units.time === "µs" || units.time === "us") return time % 1000 ? `${time}us` : time % 1e6 ? `${time / 1000}ms` : `${time / 1e6}s`;
  return `${time}${units.time}`;
}

// momentArgument returns what --at and --between take for a moment: its mark's name, if that is the only one of its name
// and means nothing else there, or its time.
export function momentArgument(page, i) {
  const { time, mark } = page.windows;
  if (i < 0) return "start";
  if (i >= time.length) return "end";
  const name = mark[i];
  const plain = name && !["start", "peak", "end"].includes(name) && !name.includes(",") && mark.filter(m => m === name).length === 1;
  return plain ? name : timeArgument(page.units, time[i]);
}

// partOf returns the flags for a range.
function partOf(page, range) {
  if (!range) return [];
  const [from, to] = range.map(i => momentArgument(page, i));
  return range[0] < 0 ? ["--at", to] : ["--between", `${from},${to}`];
}

// givenFlags returns what a command must be given because the page was: each command has flags of its own.
function givenFlags({ mappings, plumbing = [], own, sourcePath = [] } = {}, command) {
  return [
    ...(mappings && ["report", "diff", "flame", "list"].includes(command) ? ["--mappings"] : []),
    ...plumbing.flatMap(expression => ["--plumbing", expression]),
    ...(own && ["report", "diff", "flame"].includes(command) ? ["--own", own] : []),
    ...(["report", "list", "explain"].includes(command) ? sourcePath.flatMap(path => ["--source-path", path]) : []),
  ];
}

// commandsOf returns the commands for what is chosen, as {words, command}: the one that prints most of it first. amount is
// what the selection has of the metric.
export function commandsOf(app, values, subject, amount) {
  const { page, model } = app;
  const metric = model.metric(values).name;
  // Files are written as a shell takes them.
  const files = page.sides.map(s => s.file).join(" ");
  const line = (command, flags, ...words) => ["heapprof", command, ...[...flags, ...givenFlags(page.given, command)].map(shellQuote), ...words.filter(Boolean)].join(" ");
  const usual = values.range ? "live-bytes" : "peak-bytes";
  const sort = metric === usual ? [] : ["--sort", metric];
  const part = partOf(page, values.range);
  const filter = filterFlags(values.filter);
  const report = (...flags) => line(model.isDiff ? "diff" : "report", [...flags, ...part], files);
  const focus = text => ["--focus", regexpOf(text)];
  const snapshot = page.held?.[values.snapshot]?.at;
  if (values.filter && !filter.length) return []; // no flag says the same
  const context = { app, values, page, metric, amount, files, line, sort, part, filter, report, focus, at: snapshot ? ["--at", snapshot] : [] };
  const { selection } = values;
  if (selection?.kind === "finding") return [explainCommand(context, selection.id), ...selectionCommands(context, subject)];
  return subject ? selectionCommands(context, subject) : viewCommands(context);
}

// filterFlags returns the filter as --focus takes it, which tells capital letters from small ones if nothing else is said.
// There are none for what Go's regular expressions do not have: what is before or after, and what was matched already.
function filterFlags(text) {
  if (!text || /\(\?<?[=!]|\\[1-9]/.test(text)) return [];
  const argument = isExpression(text) ? text : quoteExpression(text);
  return ["--focus", /[a-z]/i.test(argument) ? `(?i)${argument}` : argument];
}

function explainCommand({ page, line }, id) {
  return { words: "this finding in full", command: line("explain", [], page.sides.at(-1).file, String(page.findings[id].number)) };
}

// positional returns an argument that is no flag, whatever it begins with.
const positional = text => (text.startsWith("-") ? `-- ${shellQuote(text)}` : shellQuote(text));

function selectionCommands(c, subject) {
  if (!subject) return [];
  const { app, page, report, focus, sort, line, part, files } = c;
  const isDiff = app.model.isDiff;
  const lines = name => ({ words: "line by line", command: line("list", [...sort, ...part], positional(regexpOf(name)), files) });
  const held = deep => page.held?.[c.values.snapshot]?.deep.some(deep);
  const holders = name => (held(d => d.place >= 0 && page.functions.name[page.places.function[d.place]] === name) ? { words: "who holds it", command: line("holders", c.at, positional(regexpOf(name)), files) } : null);
  switch (subject.kind) {
    case "function": case "node": case "place": {
      const f = subject.kind === "function" ? subject.id : (subject.kind === "node" ? page.nodes : page.places).function[subject.id];
      const name = page.functions.name[f];
      if (name === undefined || /^\(.*\)$/.test(name)) return []; // no function, but what a run-time library does
      return [
        isDiff || !c.amount || page.functions.flags[f] & functionNameless ? null : lines(name),
        { words: "its sites", command: report(...focus(name), ...sort) },
        { words: "its calls", command: report("--tree", ...focus(name), ...sort) },
        isDiff || subject.kind !== "place" ? null : holders(name),
      ].filter(Boolean);
    }
    case "type": {
      const name = page.types.full[subject.id] || page.types.name[subject.id];
      return [
        { words: "its sites", command: report(...focus(name), ...sort) },
        { words: "its calls", command: report("--tree", ...focus(name), ...sort) },
        held(d => d.place < 0 && d.type === page.types.name[subject.id]) ? { words: "how large they are with all they hold", command: line("holders", ["--of", `type ${page.types.name[subject.id]}`, ...c.at], files) } : null,
      ].filter(Boolean);
    }
    default: return ownerCommands(c, subject.id);
  }
}

function ownerCommands({ page, values, line, at, files }, id) {
  const owner = page.held?.[values.snapshot]?.owners[id];
  const all = { words: "who holds the memory", command: line("report", ["--retained", ...at], files) };
  if (!owner?.kind || !isVariable(owner)) return [all];
  return [{ words: "how large it is", command: line("holders", ["--of", `variable ${owner.name}`, ...at], files) }, all];
}

// isVariable reports whether an owner is one that --of finds by its name.
const isVariable = owner => ["global", "thread-local", "local"].includes(owner.kind);

const presetFlags = { leaks: ["--leaks"], churn: ["--churn"], growth: ["--growth"], resident: ["--resident"], retained: ["--retained"], types: ["--by", "type"] };

// viewCommands are for a whole view.
function viewCommands(c) {
  const { values, report, sort, filter, app, page, line, at, files, part } = c;
  const isDiff = app.model.isDiff;
  if (page.missing?.[values.view]) return [];
  // No command takes a choice of sizes and lifetimes.
  if (values.brush && !["histograms", "owners"].includes(values.view)) return [];
  switch (values.view) {
    case "table": return tableCommands(c);
    case "histograms": return isDiff ? [] : [
      { words: "the histograms of all blocks", command: line("report", ["--histogram"], files) },
      values.filter ? { words: "those of what matches", command: line("report", ["--histogram", ...filter], files) } : null,
    ].filter(Boolean);
    case "owners": return isDiff ? [] : [{ words: "who holds the memory", command: line("report", ["--retained", ...at], files) }];
    default: return [
      { words: values.inverted && values.view === "flame" ? "sites first, then their callers" : "the calls", command: report("--tree", ...(values.inverted && values.view === "flame" ? ["--bottom-up"] : []), ...(values.fold ? [] : ["--all-frames"]), ...filter, ...sort) },
      isDiff || values.filter ? null : { words: "a picture of them", command: line("flame", ["--metric", c.metric, ...part, "-o", "heap.svg"], files) },
    ].filter(Boolean);
  }
}

function tableCommands({ app, page, values, metric, report, sort, filter, line, files, at }) {
  const asked = presetOf(app, values);
  if (!asked.isKnown) return [];
  const preset = values.range ? [] : presetFlags[asked.name] ?? [];
  if (asked.name === "resident" && preset.length) return [{ words: "what is resident", command: line("report", preset, files) }];
  if (asked.name === "retained" && preset.length) return [{ words: "who holds the memory", command: line("report", [...preset, ...at], files) }];
  const by = values.group && values.group !== "site" && !preset.includes("--by") ? ["--by", values.group] : [];
  // A question has an order of its own, which is that of the metric that it is about.
  const sorted = asked.name === "growth" || (preset.length && asked.metric === metric) ? [] : sort;
  return [{ words: "this table", command: report(...preset, ...by, ...filter, ...sorted) }];
}
