// node live.mjs CHROMIUM ADDRESS: looks at the page of a pretended recording (growing, in serve_browser_test.go) while that goes on, and
// prints what it has looked at.
import assert from "node:assert/strict";
import { createRequire } from "node:module";

const require = createRequire(process.env.HEAPPROF_PACKAGES + "/");
const { chromium } = require("playwright-core");
const [executablePath, address] = process.argv.slice(2);

const browser = await chromium.launch({ executablePath, args: ["--disable-gpu"] });
const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
// What the page does each second it does twenty times as often. What it says for five seconds is there as long: a busy machine may
// need them to see it.
await context.addInitScript(() => {
  const later = window.setTimeout;
  window.setTimeout = (what, ms, ...args) => later(what, ms === 5000 ? ms : ms / 20, ...args);
});
const page = await context.newPage();
page.setDefaultTimeout(30_000);
const said = [];
page.on("console", (message) => { if (["error", "warning"].includes(message.type())) said.push(message.text()); });
page.on("pageerror", (error) => said.push(String(error.stack ?? error)));
const done = [];

async function step(name, body) {
  try {
    await body();
    assert.deepEqual(said, []);
  } catch (error) {
    throw new Error(`${name}: ${error.message}\n${await page.locator("body").innerText().catch(() => "")}`, { cause: error });
  }
  done.push(name);
}

const ready = () => page.waitForFunction(() => window.heapprof);
const choose = (values) => page.evaluate((chosen) => window.heapprof.state.set(chosen), values);
const facts = () => page.evaluate(() => {
  const { after, live, page: data, state } = window.heapprof;
  const { range, selection } = state.get();
  return { end: after.endTime, tables: live.time, count: data.count ?? 0, range, times: range?.map((i) => data.windows.time[i] ?? i), selected: selection && data.functions.name[selection.id], holds: live.holdsRange };
});
const functionOf = (name) => page.evaluate((wanted) => window.heapprof.page.functions.name.indexOf(wanted), name);
const tablesAfter = (count) => page.waitForFunction((n) => (window.heapprof.page.count ?? 0) > n, count);
const timeAfter = (end) => page.waitForFunction((e) => window.heapprof.after.endTime > e, end);
const state = () => page.locator("#live b").innerText();

await step("the timeline moves, and the tables follow", async () => {
  await page.goto(address);
  await ready();
  const before = await facts();
  await timeAfter(before.end);
  await tablesAfter(before.count);
  assert.equal(await state(), "Live");
  assert.match(await page.locator("#header").innerText(), /Live now/);
  assert.equal(await page.evaluate(() => window.heapprof.model.metric(window.heapprof.state.get()).name), "end-bytes");
});

await step("what is selected, opened, filtered and focused stays so while sites come", async () => {
  await choose({ view: "table", selection: { kind: "function", id: await functionOf("cache_put") }, filter: "[.]c", group: "function" });
  const row = page.locator("#view tr", { hasText: "cache_put" }).first();
  await row.focus();
  await page.keyboard.press("ArrowRight");
  const filter = page.locator("#filter");
  await filter.focus();
  await filter.pressSequentially("|2|3|cache_put|early");
  await page.waitForFunction(() => window.heapprof.page.functions.name.includes("early") && window.heapprof.page.sides[0].totals.length);
  const before = await facts();
  await tablesAfter(before.count);
  assert.equal((await facts()).selected, "cache_put");
  assert.match(await page.locator("#details h2").innerText(), /cache_put/);
  assert.equal(await filter.inputValue(), "[.]c|2|3|cache_put|early");
  assert.equal(await page.evaluate(() => document.activeElement.id), "filter");
  assert.match(await page.locator("#view tbody").innerText(), /early[^]*cache_put/);
  await choose({ filter: "", group: "" });
});

await step("a part of the run stays at its times while moments become fewer", async () => {
  const range = await page.evaluate(() => { const { time } = window.heapprof.page.windows; return [time.indexOf(2e6), time.indexOf(4e6)]; });
  await choose({ range, selection: null });
  await page.waitForFunction(() => window.heapprof.live.holdsRange);
  const before = await facts();
  assert.deepEqual(before.times, [2e6, 4e6]);
  assert.match(page.url(), /range=2000000_4000000/);
  await timeAfter(before.end + 3e6);
  assert.equal((await facts()).count, before.count, "the tables of a part that is over stay");
  assert.match(await page.locator("#live").innerText(), /stay at .*as a part of the run is chosen/);
  assert.match(await page.locator("#timeline .range").innerText(), /Born from 2\.00 s to 4\.00 s and live then: at least 1\.95 KiB in 2 blocks/);
  // A mark is made from the page. After a reload it is the same part, though the moments are others.
  await page.getByRole("textbox", { name: "Name of a mark" }).fill("loaded");
  await page.getByRole("button", { name: "Mark", exact: true }).click();
  await page.getByText("marked as loaded").waitFor();
  await choose({ range: [range[0], await page.evaluate(() => window.heapprof.page.windows.time.length)] });
  await page.waitForFunction(() => window.heapprof.page.windows.time[0] === 2e6); // the tables are of after it
  assert.deepEqual((await facts()).times[0], 2e6);
  await page.goBack();
  await page.reload();
  await ready();
  const after = await facts();
  assert.deepEqual(after.times, [2e6, 4e6]);
  assert.notDeepEqual(after.range, before.range, `${JSON.stringify([before, after])}`);
});

await step("a part up to now grows", async () => {
  const moments = await page.evaluate(() => window.heapprof.page.windows.time.length);
  await choose({ range: [1, moments] });
  const before = await facts();
  await tablesAfter(before.count + 1);
  const after = await facts();
  assert.equal(after.times[0], 4e6);
  assert.equal(after.range[1], await page.evaluate(() => window.heapprof.page.windows.time.length));
  assert.match(await page.locator("#timeline .range").innerText(), /Born from 4\.00 s to now and not freed: /);
  await choose({ range: null });
});

await step("a link and the back button bring what was chosen", async () => {
  const id = await functionOf("request");
  await choose({ selection: { kind: "function", id } });
  const before = await facts();
  await tablesAfter(before.count);
  await page.reload();
  await ready();
  assert.equal((await facts()).selected, "request");
});

await step("Pause has the tables stay, and Follow go on", async () => {
  await page.getByRole("button", { name: "Pause" }).click();
  const before = await facts();
  await timeAfter(before.end + 2e6);
  const after = await facts();
  assert(after.count - before.count <= 1, "the tables go on"); // one may have been under way
  await page.getByRole("button", { name: "Follow" }).click();
  await tablesAfter(after.count);
});

await step("every view can be looked at while the program goes on", async () => {
  for (const view of ["flame", "table", "tree", "histograms", "owners"]) {
    await choose({ view });
    const before = await facts();
    await tablesAfter(before.count);
  }
});

await step("it says when the server does not answer, and goes on when it does", async () => {
  await context.setOffline(true);
  await page.waitForFunction(() => document.querySelector("#live b").textContent === "No answer");
  await context.setOffline(false);
  await page.waitForFunction(() => document.querySelector("#live b").textContent === "Live");
  said.splice(0, said.length); // the browser complains of each request
});

await step("Stop asks once, and then the page says that the program is not recorded any more", async () => {
  const stop = page.locator("#live .stop");
  await stop.click();
  assert.equal(await stop.innerText(), "Stop recording?");
  assert.equal(await state(), "Live");
  await stop.click();
  await page.waitForFunction(() => document.querySelector("#live b").textContent === "Detached");
  assert.equal(await stop.isVisible(), false);
  await page.waitForFunction(() => document.querySelector("#header").textContent.includes("was detached"));
});

console.log(JSON.stringify(done));
await browser.close();
