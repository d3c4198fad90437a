// The numbers behind all views: records and their values for what the user has chosen, and their sums. Whatever the
// filter and the range are, every view asks here, so that all show the same sums.

import { windowValues } from "./windows.js";
import { brushedRecords } from "./histograms_brush.js";

// createModel returns the model of a page.
export function createModel(page) {
  const nodes = {
    count: page.nodes.parent.length,
    parent: Int32Array.from(page.nodes.parent),
    function: Int32Array.from(page.nodes.function),
    line: page.nodes.line,
    flags: Uint8Array.from(page.nodes.flags),
  };
  const isDiff = page.sides.length === 2;
  const recorded = listOf(page.records);
  const windowed = page.windows ? listOf(page.windows) : null;
  const kept = new Map(); // the latest cuts
  const keptMost = 4; // what is chosen, and the same of the whole run, before and after a choice

  // cut returns what is chosen: a list of records (columns node, place, type, rest), which of them match (null: all), and
  // the values of each metric. It is the same object until the choice changes.
  function cut(values) {
    const key = JSON.stringify([values.range, values.filter, values.brush]);
    const known = kept.get(key) ?? makeCut(values);
    kept.delete(key);
    kept.set(key, known);
    if (kept.size > keptMost) kept.delete(kept.keys().next().value);
    return known;
  }

  function makeCut(values) {
    const list = values.range && windowed ? windowed : recorded;
    const columns = new Map();
    const metrics = metricsOf(values);
    const compute = values.range && windowed ? windowValues(page.windows, values.range) : recordValues();
    const matching = matches(list, values);
    const column = (name, side) => {
      const id = name + side;
      if (!columns.has(id)) {
        const all = compute(name, side);
        if (matching) for (let i = 0; i < all.length; i++) if (!matching[i]) all[i] = 0;
        columns.set(id, all);
      }
      return columns.get(id);
    };
    return {
      list, metrics, matching,
      atLeast: compute.atLeast ?? false, // what is live is a lower bound
      // values of the records of the only side, or of the later one of a diff
      values: name => column(name, isDiff ? 1 : 0),
      before: name => (isDiff ? column(name, 0) : null),
      total: (name, side = isDiff ? 1 : 0) => sum(column(name, side)),
      // missed is what does not match the filter, and might if the page had all frames of it
      missed: name => (values.filter ? sumOfRest(list, compute(name, isDiff ? 1 : 0), matching) : 0),
    };
  }

  function recordValues() {
    return (name, side) => {
      const m = page.metrics.findIndex(one => one.name === name);
      return m < 0 ? new Float64Array(recorded.count) : Float64Array.from(page.records.values[side * page.metrics.length + m]);
    };
  }

  // metricsOf returns the metrics that there are: of a range other ones than of the whole run.
  function metricsOf(values) {
    if (!values.range || !windowed) return page.metrics;
    return [
      { name: "live-bytes", unit: "bytes" }, { name: "live-blocks", unit: "blocks" },
      { name: "total-bytes", unit: "bytes" }, { name: "total-blocks", unit: "blocks" },
    ];
  }

  // shownMetrics returns those that are to choose from: sums of lifetimes are for averages.
  const shownMetrics = values => metricsOf(values).filter(m => m.unit !== "time");

  // metric returns the metric that is shown.
  function metric(values) {
    const all = shownMetrics(values);
    return all.find(m => m.name === values.metric) ?? all.find(m => m.name === page.default) ?? all[0];
  }

  // matches tells which records of a list have a frame or a type that matches the filter, as --focus does; null: all.
  function matches(list, values) {
    const re = expression(values.filter);
    const brush = values.brush && list === recorded ? brushedRecords(page, values.brush) : null;
    if (!re && !brush) return null;
    const functions = re ? page.functions.name.map((_, f) => functionMatches(page, f, re)) : [];
    const types = re ? page.types.name.map((t, i) => re.test(t) || re.test(page.types.full[i])) : [];
    const inNode = new Uint8Array(nodes.count);
    for (let n = 1; re && n < nodes.count; n++) inNode[n] = inNode[nodes.parent[n]] || functions[nodes.function[n]] ? 1 : 0;
    const matching = new Uint8Array(list.count);
    for (let i = 0; i < list.count; i++) {
      const place = list.place[i];
      const named = !re || inNode[list.node[i]] || (list.type[i] >= 0 && types[list.type[i]]) ||
        (place >= 0 && (functions[page.places.function[place]] || re.test(page.places.label[place])));
      matching[i] = named && (!brush || brush[i]) ? 1 : 0;
    }
    return matching;
  }

  // nodeSums returns of each node the sum of its records' values and of those below it.
  function nodeSums(list, column) {
    const sums = new Float64Array(nodes.count);
    for (let i = 0; i < list.count; i++) sums[list.node[i]] += column[i];
    for (let n = nodes.count - 1; n > 0; n--) sums[nodes.parent[n]] += sums[n];
    return sums;
  }

  // stackOf returns a node and its callers, innermost first, without the root.
  function stackOf(node) {
    const stack = [];
    for (; node > 0; node = nodes.parent[node]) stack.push(node);
    return stack;
  }

  return { page, nodes, isDiff, cut, metricsOf, shownMetrics, metric, nodeSums, stackOf, hasRanges: windowed !== null };
}

function listOf(columns) {
  return {
    count: columns.node.length,
    node: Int32Array.from(columns.node), place: Int32Array.from(columns.place), type: Int32Array.from(columns.type), rest: Uint8Array.from(columns.rest),
    siteType: columns.siteType ? Int32Array.from(columns.siteType) : null, // of tables by site; null: type
  };
}

// sum adds up a column.
export function sum(column) {
  let all = 0;
  for (let i = 0; i < column.length; i++) all += column[i];
  return all;
}

// sumOfRest adds up a column of what stacks have of which not all frames are there, without those of a mask.
export function sumOfRest(list, column, mask) {
  let all = 0;
  for (let i = 0; i < column.length; i++) if (list.rest[i] && !mask[i]) all += column[i];
  return all;
}

// restInWords says of an amount of such stacks that functions between their outer calls and their site may have it, too.
export function restInWords(amounts, metric, rest) {
  return rest ? `Up to ${amounts.of(metric, rest)} more in small stacks, summed as rest.` : "";
}

// expression returns the regular expression that the user has written, ignoring case; what is none is looked for
// letter by letter; null for an empty text.
export function expression(text) {
  if (!text) return null;
  return new RegExp(isExpression(text) ? text : quoteExpression(text), "i");
}

// quoteExpression returns the regular expression that matches a text itself.
export function quoteExpression(text) {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
}

// isExpression reports whether a text is a regular expression.
export function isExpression(text) {
  try {
    return Boolean(new RegExp(text));
  } catch {
    return false;
  }
}

function functionMatches(page, f, re) {
  const { name, file, module, crate } = page.functions;
  return re.test(name[f]) || re.test(crate[f]) || (file[f] >= 0 && re.test(page.files[file[f]])) || (module[f] >= 0 && re.test(page.modules[module[f]]));
}
