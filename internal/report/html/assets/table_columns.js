// The columns of the table: those that answer what is asked, the most telling first, as heapprof report has them.

import { element } from "./dom.js";
import { numeric } from "./table_grid.js";
import { sparkline } from "./sparkline.js";
import { plainCount, shortened } from "./table_names.js";

// What metrics are called above a column.
const headings = {
  "peak-bytes": "At peak", "peak-blocks": "Blocks at peak", "end-bytes": "At end", "end-blocks": "Blocks at end",
  "total-bytes": "Allocated", "total-blocks": "Blocks allocated", "temporary-blocks": "Temporary blocks",
  "lost-bytes": "Lost", "lost-blocks": "Blocks lost", "live-bytes": "Live", "live-blocks": "Blocks live", lifetime: "Summed lifetimes",
};

// headingOf returns what a metric is called above a column.
export function headingOf(metric) {
  return metric.title ?? headings[metric.name] ?? metric.name;
}

const siblings = {
  "total-bytes": "total-blocks", "total-blocks": "total-bytes", "peak-bytes": "peak-blocks", "peak-blocks": "peak-bytes",
  "end-bytes": "end-blocks", "end-blocks": "end-bytes", "temporary-blocks": "total-blocks", lifetime: "total-blocks",
  "live-bytes": "live-blocks", "live-blocks": "live-bytes", "lost-bytes": "lost-blocks", "lost-blocks": "lost-bytes",
};

// metricNamed returns a metric that what is asked is known of; undefined for others.
export function metricNamed(ask, name) {
  return ask.cut.metrics.find(m => m.name === name);
}

// columnsOf returns the columns of a question, and how many of the first of them it cannot do without.
export function columnsOf(ask) {
  const { metric, preset } = ask;
  const add = (kind, name, ...more) => {
    const known = metricNamed(ask, name);
    if (known && known !== metric) columns.push(kind(ask, known, ...more));
  };
  const columns = [nameColumn(ask)];
  if (metric.name === "lifetime") {
    columns.push(lifetimeColumn(ask, metric));
  } else {
    columns.push(amountColumn(ask, metric));
    if (ask.grouped.variance(metric.name)) columns.push(marginColumn(ask, metric));
    columns.push(shareColumn(ask, metric));
  }
  if (ask.by === "site" && ask.app.page.types.name.length) columns.push(typeColumn(ask));
  let essential = columns.length;
  if (preset === "leaks") {
    add(amountColumn, "lost-bytes");
    add(amountColumn, "end-bytes");
    if (metricNamed(ask, "end-blocks")) columns.push(unfreedColumn(ask));
    essential = columns.length;
    add(amountColumn, "total-bytes");
  } else if (preset === "churn") {
    add(amountColumn, "total-blocks");
    add(temporaryColumn, "temporary-blocks");
    add(lifetimeColumn, "lifetime");
    essential = columns.length;
    add(amountColumn, "total-bytes");
  } else {
    const seen = new Set([metric.name]);
    for (const name of [siblings[metric.name], "peak-bytes", "live-bytes", "total-bytes", "total-blocks", "end-bytes"]) {
      if (!seen.has(name)) add(amountColumn, name);
      seen.add(name);
    }
    add(temporaryColumn, "temporary-blocks");
    add(lifetimeColumn, "lifetime");
  }
  if (ask.courses) columns.splice(preset === "leaks" ? essential : Math.min(columns.length, essential + 1), 0, courseColumn(ask));
  return { columns, essential };
}

// nameColumn is of what rows are called.
export function nameColumn(ask) {
  return {
    id: "name", title: ask.grouping.title, kind: "name", value: row => row.name ?? "", help: "Sort by name",
    cell: row => nameCell(ask, row), titleOf: row => row.title,
  };
}

function nameCell(ask, row) {
  // In little room where it is stands below the name.
  const isBelow = ask.isNarrow && row.kind === "row";
  const where = row.where && !isBelow ? element("bdi", { class: "where" }, row.where) : null;
  const letters = ask.letters - (where ? row.where.length : 0) - (row.kind === "part" ? 3 : 0);
  const name = element("bdi", { class: row.isSource ? "mono" : "" }, row.isSource ? row.name : shortened(row.name, Math.max(12, letters)));
  const first = element("span", { class: "names" }, row.isSource ? [where, name] : [name, where]);
  const below = [isBelow && row.where ? element("bdi", { class: "below" }, [row.where, ask.showsType ? "" : row.typeName].filter(Boolean).join(" · ")) : null,
    row.below && (!isBelow || !row.where || row.below.isSource) ? element("bdi", { class: row.below.isSource ? "below mono" : "below" }, row.below.text) : null];
  return below.some(Boolean) ? element("span", { class: "lines" }, first, below) : first;
}

// typeColumn is of what the blocks are of.
export function typeColumn(ask) {
  const { app } = ask;
  return {
    id: "type", title: "Type", kind: "text", width: ask.typeWidth, help: "What the blocks are of, where that is known",
    value: row => row.typeName ?? "", text: row => shortened(row.typeName ?? "", Math.floor((ask.typeWidth - 16) / ask.letter)), titleOf: row => (row.type >= 0 ? app.page.types.full[row.type] || row.typeName : ""),
  };
}

// amountColumn is of a metric.
export function amountColumn(ask, metric) {
  const { amounts, names } = ask.app;
  const atLeast = ask.cut.atLeast && metric.name.startsWith("live-");
  const help = `${names.metric(metric)}${atLeast ? ": at least so much" : ""} (${metric.name})`;
  return {
    ...numeric(metric.name, (atLeast ? "≥ " : "") + headingOf(metric), widthOf(ask, metric), help, row => row.value(metric.name), value => amounts.of(metric, value)),
    titleOf: row => exactly(amounts, metric, row.value(metric.name)),
  };
}

// widthOf returns how wide a column of a metric is.
export function widthOf(ask, metric) {
  return (metric.title ? 120 : metric.unit === "bytes" ? 82 : metric.unit === "time" ? 92 : 86) + (ask.app.amounts.mark ? 8 : 0);
}

// exactly writes all digits of an amount where its words leave some out.
function exactly(amounts, metric, value) {
  return metric.unit === "bytes" && value >= 1024 ? amounts.exact(metric, value) : "";
}

// shareColumn is of a metric's part of the total, with a bar.
export function shareColumn(ask, metric) {
  const { amounts, names } = ask.app;
  const whole = ask.total.value(metric.name);
  const share = row => (whole ? row.value(metric.name) / whole : 0);
  return numeric("share", "%", 92, `Percent of all: ${names.metric(metric)}`, share, (_, row) => amounts.percent(row.value(metric.name), whole), share);
}

function marginColumn(ask, metric) {
  const { amounts } = ask.app;
  const margin = row => {
    const value = row.value(metric.name);
    return value ? 2 * Math.sqrt(row.variance(metric.name)) / value : 0;
  };
  return numeric("margin", "±", 58, "How far the estimate may be off, in percent of it: 19 times in 20 it is no farther", margin, (_, row) => amounts.margin(row.value(metric.name), row.variance(metric.name)));
}

function temporaryColumn(ask, metric) {
  const { amounts } = ask.app;
  const share = row => (row.value("distinct-blocks") ? row.value(metric.name) / row.value("distinct-blocks") : 0);
  return numeric("temporary", "Temporary", 84, "Share of the blocks that were freed by their own thread before it allocated or resized another (temporary-blocks)", share, (_, row) => amounts.percent(row.value(metric.name), row.value("distinct-blocks")));
}

function lifetimeColumn(ask, metric) {
  const { amounts } = ask.app;
  const average = row => (row.value("total-blocks") ? row.value(metric.name) / row.value("total-blocks") : 0);
  return numeric("lifetime", "Lifetime", widthOf(ask, metric), "Average time from a block's allocation until it is freed, or until the end (lifetime)", average, (time, row) => (row.value("total-blocks") ? amounts.of(metric, time) : ""));
}

// unfreedColumn says how many of how many blocks were never freed.
function unfreedColumn(ask) {
  const { amounts } = ask.app;
  const words = row => {
    const [live, all] = [row.value("end-blocks"), row.value("distinct-blocks")];
    return live >= all ? `all ${amounts.count(live)}` : `${amounts.count(live)} of ${plainCount(amounts, all)}`;
  };
  return numeric("unfreed", "Not freed", 148, "How many of its blocks were not freed", row => row.value("end-blocks"), (_, row) => words(row));
}

// courseColumn is a picture of how much was live over the run.
export function courseColumn(ask, width = 92) {
  const { app, courses } = ask;
  return {
    id: "course", title: "Live over the run", kind: "picture", width: width + 16, help: "How many bytes were live, from the start to the end of the run: each row by its own most",
    cell: row => {
      const course = row.course?.();
      if (!course) return null;
      return sparkline(courses.times, course, width, 16, courseWords(app, courses.times, course));
    },
  };
}

function courseWords(app, times, course) {
  let most = 0;
  for (let i = 0; i < course.length; i++) if (course[i] > course[most]) most = i;
  return `live: at most ${app.amounts.size(course[most])} at ${app.amounts.time(times[most])}, ${app.amounts.size(course[course.length - 1])} at the end`;
}
