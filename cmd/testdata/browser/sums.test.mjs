// What each view shows adds up, and is what heapprof's other commands say of the same profile.
import { test, assert } from "./harness.mjs";

// valuesOf returns the numbers of a row of heapprof report --format json by the names that the page's metrics have.
function valuesOf(values) {
  const named = Object.entries(values).map(([name, value]) => [name.replace(/^estimated-/, "").replace(/^lifetime-sum$/, "lifetime"), value]);
  const sums = Object.fromEntries(named.filter(([name]) => name !== "lifetime"));
  sums.lifetime = Object.fromEntries(Object.entries(values).map(([name, value]) => [name.replace(/^estimated-/, ""), value]))["lifetime-sum"];
  return sums;
}

// sidesOf returns the numbers of a row or a total, of each side of a page.
function sidesOf(row) {
  return row.values ? [valuesOf(row.values)] : [valuesOf(row.before ?? {}), valuesOf(row.after ?? {})];
}

// drawnBy makes choices one after the other, and returns of each what the view has drawn, or null.
function drawnBy(session, choices) {
  return session.page.evaluate(async (all) => {
    const { heapprof } = window;
    const drawn = [];
    for (const chosen of all) {
      heapprof.state.set({ ...heapprof.state.initial, ...chosen }, { step: false });
      await Promise.resolve();
      drawn.push(heapprof.view()?.drawn?.() ?? null);
    }
    return drawn;
  }, choices);
}

const sum = (numbers) => numbers.reduce((all, n) => all + n, 0);

test("the sums of all records are the profile's", { page: "*" }, async (session) => {
  const { page, facts } = session;
  const totals = sidesOf(JSON.parse(facts.reports.site).total);
  const { metrics, sums, told } = await page.evaluate(() => {
    const { model, page: data, state } = window.heapprof;
    const cut = model.cut(state.get());
    return {
      metrics: data.metrics.map((m) => m.name),
      sums: data.sides.map((_, side) => data.metrics.map((m) => cut.total(m.name, side))),
      told: data.sides.map((side) => side.totals),
    };
  });
  assert(metrics.length > 0);
  for (const [side, total] of totals.entries()) {
    const want = metrics.map((name) => total[name] ?? 0);
    assert.deepEqual(sums[side], want, `records of side ${side}: ${metrics}`);
    assert.deepEqual(told[side], want, `totals of side ${side}: ${metrics}`);
  }
});

test("each view adds up to the profile", { page: "*" }, async (session) => {
  const { page, facts } = session;
  const totals = sidesOf(JSON.parse(facts.reports.site).total);
  const metrics = await page.evaluate(() => [...document.getElementById("metric").options].map((option) => option.value));
  assert(metrics.length > 0);
  const choices = metrics.map((metric) => ({ view: "flame", metric }));
  choices.push(...[{ fold: false }, { inverted: true }, { inverted: true, fold: false }].map((more) => ({ view: "flame", metric: metrics[0], ...more })));
  choices.push(...["table", "tree"].flatMap((view) => [metrics[0], metrics.at(-1)].map((metric) => ({ view, metric }))));
  for (const [i, drawn] of (await drawnBy(session, choices)).entries()) {
    const { metric } = choices[i];
    const what = JSON.stringify(choices[i]);
    assert(drawn !== null || facts.file === "empty.html", what);
    if (drawn === null) continue;
    assert.equal(drawn.metric, metric, what);
    const sides = drawn.before ? [drawn.before, drawn] : [drawn];
    assert.equal(sides.length, totals.length, `${what}: sides`);
    for (const [at, side] of sides.entries()) {
      assert.equal(side.total, totals[at][metric] ?? 0, `${what}: the total`);
      assert.equal(sum(side.parts), side.total, `${what}: the parts`);
    }
  }
});

// rowsOf returns the numbers of a report's rows. By function it tells types apart, and the page, which has its
// types below, does not.
function rowsOf(report, by) {
  const rows = new Map();
  for (const [i, row] of report.rows.entries()) {
    const key = by === "function" ? [row.function, row.file, row.module, row.name].join("\n") : i;
    const sides = sidesOf(row);
    const before = rows.get(key) ?? sides.map(() => ({}));
    rows.set(key, sides.map((values, side) => Object.fromEntries(Object.entries(values).map(([name, n]) => [name, n + (before[side][name] ?? 0)]))));
  }
  return [...rows.values()];
}

test("the table has the rows of heapprof report", { page: "*" }, async (session) => {
  const { facts } = session;
  const reports = Object.entries(facts.reports).map(([by, text]) => ({ by, report: JSON.parse(text) }));
  const metric = reports[0].report.sort.replace(/^estimated-/, "");
  const all = await drawnBy(session, reports.map(({ by }) => ({ view: "table", metric, group: by === "site" ? "" : by })));
  for (const [i, { by, report }] of reports.entries()) {
    const drawn = all[i];
    if (drawn === null) continue;
    const rows = rowsOf(report, by).map((sides) => sides.map((values) => values[metric] ?? 0));
    if (drawn.before) holdsChanges(rows, drawn, by);
    else holdsRows(rows.flat(), drawn.parts, by);
  }
});

function holdsRows(numbers, parts, by) {
  const descending = (list) => list.filter((n) => n !== 0).sort((a, b) => b - a);
  const want = descending(numbers);
  // Where there are many rows the last are one.
  if (parts.length >= want.length) assert.deepEqual(descending(parts), want, `by ${by}`);
  else assert.deepEqual(descending(parts.slice(0, -2)), want.slice(0, parts.length - 2), `by ${by}`);
}

// What did not change is one row.
function holdsChanges(rows, drawn, by) {
  const got = drawn.parts.map((after, i) => `${drawn.before.parts[i]} to ${after}`);
  for (const [before, after] of rows) {
    if (before !== after) assert(got.includes(`${before} to ${after}`), `by ${by}: no row changes from ${before} to ${after}, of ${got}`);
  }
}

test("a range shows what heapprof report --between says", { page: "found" }, async (session) => {
  const { facts } = session;
  for (const { between, report } of facts.ranges) {
    const total = valuesOf(JSON.parse(report).total.values);
    const choices = ["live-bytes", "live-blocks", "total-bytes", "total-blocks"].flatMap((metric) => ["flame", "table", "tree"].map((view) => ({ view, metric, range: between })));
    for (const [i, drawn] of (await drawnBy(session, choices)).entries()) {
      const what = JSON.stringify(choices[i]);
      assert.equal(drawn.metric, choices[i].metric);
      assert.equal(drawn.total, total[choices[i].metric], `${what}: the total`);
      assert.equal(sum(drawn.parts), drawn.total, `${what}: the parts`);
    }
  }
});

test("owners, shared and lost add up to what lived", { page: "held" }, async (session) => {
  const { page } = session;
  const [drawn] = await drawnBy(session, [{ view: "owners" }]);
  const held = await page.evaluate(() => window.heapprof.page.held);
  assert.equal(held[0].live[0], sum(held[0].owners.map((owner) => owner.retained[0])) + held[0].shared[0] + held[0].unreached[0]);
  if (drawn === null) return;
  assert.equal(drawn.total, held[0].live[0]);
  assert.equal(sum(drawn.parts), drawn.total);
});
