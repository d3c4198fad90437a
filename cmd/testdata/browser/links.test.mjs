// The state is in the address: a link, a reload and the back button bring it again.
import { test, assert } from "./harness.mjs";

const stateOf = (page) => page.evaluate(() => window.heapprof.state.get());

test("a reload brings the choice again", { page: "found", alone: true }, async (session) => {
  const { page } = session;
  const chosen = { view: "table", metric: "total-bytes", range: [3, 20], filter: "cache|log", theme: "dark", selection: { kind: "place", id: 0 }, fold: false };
  await session.choose(chosen);
  const before = await stateOf(page);
  for (const [name, value] of Object.entries(chosen)) assert.deepEqual(before[name], value, name);
  await page.reload();
  await session.ready();
  assert.deepEqual(await stateOf(page), before);
  assert.equal(await page.locator("#filter").inputValue(), "cache|log");
});

test("back and forward go through the choices", { page: "found", alone: true }, async (session) => {
  const { page } = session;
  for (const key of ["2", "3"]) await page.keyboard.press(key);
  await page.goBack();
  await page.waitForFunction(() => window.heapprof.view() === null || document.getElementById("view").className === "view-table");
  assert.equal((await stateOf(page)).view, "table");
  await page.goBack();
  await page.locator("#view.view-flame").waitFor();
  await page.goForward();
  await page.locator("#view.view-table").waitFor();
});

test("what a link has that the page has not is left out", {
  page: "sample", fragment: "view=nothing&metric=bad&range=9_1&zoom=999999999&selection=place.77777&brush=1_x&snapshot=-3&theme=pink&preset=none&group=none&filter=((&__proto__=1&x=%zz",
}, async (session) => {
  const { page } = session;
  const { view, zoom, range, selection, brush, theme, filter } = await stateOf(page);
  assert.deepEqual({ view, zoom, range, selection, brush, theme }, { view: "flame", zoom: 0, range: null, selection: null, brush: null, theme: "auto" });
  assert.equal(filter, "((", "what is no regular expression is looked for letter by letter");
  for (const key of ["2", "3", "4", "5"]) await page.keyboard.press(key);
});
