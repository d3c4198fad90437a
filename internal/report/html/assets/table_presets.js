// What the table is asked: a preset is a question of heapprof report, with the columns that answer it.

// Those that are a metric's: whoever chooses such a metric asks this.
export const ofMetrics = [
  { name: "peak", title: "Peak", metrics: ["peak-bytes", "peak-blocks"], help: "Who holds the memory at its peak" },
  { name: "live", title: "Live", metrics: ["live-bytes", "live-blocks"], help: "What was allocated in the range and lives at its end", ofMoments: "What lived at each of the moments" },
  { name: "leaks", title: "Leaks", metrics: ["lost-bytes", "end-bytes", "lost-blocks", "end-blocks"], help: "What is not freed" },
  { name: "churn", title: "Churn", metrics: ["total-blocks", "total-bytes", "temporary-blocks", "lifetime"], help: "What is allocated and freed again and again: how often, and how long it lives" },
];

// presetsOf returns the presets that a page has, in order, in a range or of the whole run: {name, title, help, metric}. metric is
// the one that it is about; "" for those that any goes with.
export function presetsOf(app, values) {
  const { page, model } = app;
  if (page.units.calls) return []; // all questions are about a heap
  const metrics = model.metricsOf(values);
  const presets = [];
  for (const preset of ofMetrics) {
    const metric = preset.metrics.map(name => metrics.find(m => m.name === name)).find(m => m && (!m.name.startsWith("lost-") || isLost(app)));
    if (metric) presets.push({ ...preset, help: model.isDiff && preset.ofMoments || preset.help, metric: metric.name, isKnown: true });
  }
  if (!model.isDiff) {
    const plain = (name, title, help) => ({ name, title, help, metric: "", missing: page.missing?.[name] ?? "The profile does not tell." });
    presets.push(
      { ...plain("growth", "Growth", "What grew: over the run, and block by block"), isKnown: Boolean(page.windows || page.growth) },
      { ...plain("resident", "Resident", "What of the process's memory was resident and is not live, and why"), isKnown: Boolean(page.resident) },
      { ...plain("retained", "Retained", "How large things are with all that they hold"), isKnown: Boolean(page.held?.length) },
    );
  }
  if (page.types.name.length) presets.push({ name: "types", title: "Types", help: "What the blocks are of", metric: "", isKnown: true });
  return presets;
}

// isLost reports whether anything was lost, on any side.
function isLost(app) {
  const m = app.page.metrics.findIndex(metric => metric.name === "lost-bytes");
  return m >= 0 && app.page.sides.some(side => side.totals[m] > 0);
}

// presetOf returns which preset is shown: what was asked for, or what the metric is about.
export function presetOf(app, values) {
  const presets = presetsOf(app, values);
  const asked = presets.find(p => p.name === values.preset && !p.metric);
  if (asked) return asked;
  const metric = app.model.metric(values).name;
  return presets.find(p => ofMetrics.find(one => one.name === p.name)?.metrics.includes(metric)) ?? { name: "", title: "", help: "", metric, isKnown: true };
}

// unasked reports whether a row has nothing of what a preset is about, and how such rows are called together; null
// for a preset that has none.
export function unaskedBy(preset, ask) {
  const { grouping } = ask;
  const has = name => ask.cut.metrics.some(m => m.name === name);
  const both = (row, name) => (has(name) ? row.value(name) + row.before(name) : 0);
  if (preset === "leaks" && has("end-blocks")) {
    return { is: row => both(row, "end-blocks") + both(row, "lost-blocks") === 0, words: `${grouping.many} that freed all` };
  }
  if (preset === "churn" && has("end-blocks") && !ask.isDiff) {
    const knowsBrief = Boolean(ask.app.page.records.brief?.length);
    const stays = row => row.value("distinct-blocks") <= row.value("end-blocks") || (knowsBrief && row.value("brief-blocks") < 0.1 * row.value("distinct-blocks"));
    return { is: stays, words: `${grouping.many} whose blocks stay` };
  }
  return null;
}
