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

// drawnBy chooses something, and returns what the view has drawn, or null.
async function drawnBy(session, values) {
  await session.choose(values);
  return session.page.evaluate(() => window.heapprof.view()?.drawn?.() ?? null);
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

test("each view adds up to the profile, by each metric", { page: "*" }, async (session) => {
  const { page, facts } = session;
  const totals = sidesOf(JSON.parse(facts.reports.site).total);
  const metrics = await page.evaluate(() => [...document.getElementById("metric").options].map((option) => option.value));
  assert(metrics.length > 0);
  for (const view of ["flame", "table", "tree"]) {
    for (const metric of metrics) {
      for (const more of [{}, { fold: false }, { inverted: true }]) {
        if (more.inverted && view !== "flame") continue;
        const drawn = await drawnBy(session, { view, metric, ...more });
        if (drawn === null) continue;
        const what = `${view} ${JSON.stringify(more)}`;
        assert.equal(drawn.metric, metric, what);
        const sides = drawn.before ? [drawn.before, drawn] : [drawn];
        assert.equal(sides.length, totals.length, `${what}: sides`);
        for (const [i, side] of sides.entries()) {
          assert.equal(side.total, totals[i][metric] ?? 0, `${what}: the total of ${metric}`);
          assert.equal(sum(side.parts), side.total, `${what}: the parts of ${metric}`);
        }
      }
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
  for (const [by, text] of Object.entries(facts.reports)) {
    const report = JSON.parse(text);
    const metric = report.sort.replace(/^estimated-/, "");
    const drawn = await drawnBy(session, { view: "table", metric, group: by === "site" ? "" : by });
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
    for (const metric of ["live-bytes", "live-blocks", "total-bytes", "total-blocks"]) {
      for (const view of ["flame", "table", "tree"]) {
        const drawn = await drawnBy(session, { view, metric, range: between });
        if (drawn === null) continue;
        assert.equal(drawn.metric, metric);
        assert.equal(drawn.total, total[metric], `${view}: ${metric} of ${between}`);
        assert.equal(sum(drawn.parts), drawn.total, `${view}: the parts of ${metric} of ${between}`);
      }
    }
  }
});

test("owners, shared and lost add up to what lived", { page: "held" }, async (session) => {
  const { page } = session;
  const drawn = await drawnBy(session, { view: "owners" });
  const held = await page.evaluate(() => window.heapprof.page.held);
  assert.equal(held[0].live[0], sum(held[0].owners.map((owner) => owner.retained[0])) + held[0].shared[0] + held[0].unreached[0]);
  if (drawn === null) return;
  assert.equal(drawn.total, held[0].live[0]);
  assert.equal(sum(drawn.parts), drawn.total);
});
