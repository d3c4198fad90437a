// The keyboard: all that the mouse can do, without it.
import { test, assert } from "./harness.mjs";

const stateOf = (page) => page.evaluate(() => window.heapprof.state.get());
const focusOf = (page) => page.evaluate(() => document.activeElement?.id || document.activeElement?.getAttribute("role") || document.activeElement?.tagName);

test("keys choose the view, the metric, the filter, folding and colours, and Esc takes back", { page: "found" }, async ({ page }) => {
  const { keyboard } = page;
  for (const [i, view] of ["flame", "table", "tree", "histograms", "owners"].entries()) {
    await keyboard.press(String(i + 1));
    assert.equal((await stateOf(page)).view, view);
  }
  await keyboard.press("1");

  await keyboard.press("m");
  assert.equal(await focusOf(page), "metric");
  await keyboard.press("Escape"); // closes the menu where the browser has opened it
  await page.locator("#metric").selectOption("total-blocks");
  assert.equal((await stateOf(page)).metric, "total-blocks");
  await page.evaluate(() => document.activeElement.blur());

  await keyboard.press("/");
  assert.equal(await focusOf(page), "filter");
  await keyboard.type("cache_p1"); // in a field, 1 is a letter
  assert.equal((await stateOf(page)).view, "flame");
  await keyboard.press("Backspace");
  await keyboard.press("Enter");
  assert.equal((await stateOf(page)).filter, "cache_p");
  assert.equal(await focusOf(page), "view");

  await keyboard.press("f");
  assert.equal((await stateOf(page)).fold, false);
  await keyboard.press("f");
  assert.equal((await stateOf(page)).fold, true);

  await keyboard.press("d");
  const first = await page.evaluate(() => document.documentElement.dataset.theme);
  await keyboard.press("d");
  assert.notEqual(await page.evaluate(() => document.documentElement.dataset.theme), first, "d changes the colours");

  await keyboard.press("?");
  assert(await page.locator("dialog#help").isVisible());
  for (const key of ["1 – 5", "m", "/", "n", "Enter", "f", "d", "?", "Esc"]) {
    assert((await page.locator("dialog#help").innerText()).includes(key), `the help explains ${key}`);
  }
  await keyboard.press("2");
  assert.equal((await stateOf(page)).view, "flame", "keys are the help's as long as it is open");
  await keyboard.press("Escape");
  assert(!await page.locator("dialog#help").isVisible());

  assert.equal((await stateOf(page)).filter, "cache_p");
  await keyboard.press("Escape");
  assert.equal((await stateOf(page)).filter, "");
});

test("arrows walk the table", { page: "sample" }, async (session) => {
  const { page } = session;
  await session.choose({ view: "table" });
  await page.locator("#view").focus();
  await page.keyboard.press("ArrowDown");
  const first = (await stateOf(page)).selection;
  assert(first, "the arrow selects a row");
  await page.keyboard.press("ArrowDown");
  assert.notDeepEqual((await stateOf(page)).selection, first);
  assert.match(await page.locator("#details").innerText(), /\S/);
});

test("arrows walk the flame graph, Enter zooms, n goes from match to match", { page: "sample" }, async ({ page }) => {
  const { keyboard } = page;
  await page.locator("#view").focus();
  await keyboard.press("ArrowDown"); // to all, which is no selection
  await keyboard.press("ArrowDown");
  const outer = (await stateOf(page)).selection;
  assert(outer, "the arrow selects");
  await keyboard.press("ArrowDown");
  const inner = (await stateOf(page)).selection;
  assert.notDeepEqual(inner, outer, "it goes on to what is called");
  await keyboard.press("ArrowUp");
  assert.deepEqual((await stateOf(page)).selection, outer, "and back to the caller");
  await keyboard.press("ArrowDown");
  await keyboard.press("Enter");
  assert((await stateOf(page)).zoom > 0, "Enter zooms");
  await keyboard.press("Escape");
  await keyboard.press("Escape");
  const { zoom, selection } = await stateOf(page);
  assert.deepEqual({ zoom, selection }, { zoom: 0, selection: null }, "Esc takes back the selection and the zoom");

  await keyboard.press("/");
  await keyboard.type("Parser");
  await keyboard.press("Enter");
  await keyboard.press("n");
  const match = (await stateOf(page)).selection;
  assert(match, "n selects a match");
  assert.match(await page.locator("#details").innerText(), /Parser/);
});

// What has the focus is seen to have it, and Tab comes through the whole page.
test("Tab reaches all parts, and shows where it is", { page: "found", alone: true }, async ({ page }) => {
  const reached = new Set();
  for (let i = 0; i < 60; i++) {
    await page.keyboard.press("Tab");
    const at = await page.evaluate(() => {
      const e = document.activeElement;
      if (!e || e === document.body) return null;
      // Of an item in a tree the line alone is outlined, not the items below it.
      const seen = [e, e.firstElementChild].filter(Boolean).map((one) => getComputedStyle(one)).some((style) => (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== "none");
      return {
        part: e.closest("#header, #findings, #timeline, #toolbar, #view, #details, #footer")?.id ?? e.id,
        what: e.outerHTML.slice(0, 120), seen,
      };
    });
    if (at === null) break;
    assert(at.seen, `no outline around ${at.what}`);
    reached.add(at.part);
  }
  for (const part of ["skip", "header", "findings", "timeline", "toolbar", "view", "footer"]) assert(reached.has(part), `Tab does not reach ${part}, only ${[...reached]}`);
});

test("a range is chosen with the mouse and with the keyboard, and Esc takes it back", { page: "found" }, async (session) => {
  const { page } = session;
  await session.choose({ view: "table" });
  const moments = await page.evaluate(() => window.heapprof.page.windows.time.length);
  const area = await page.locator("#timeline .overlay").boundingBox();
  await page.mouse.move(area.x + area.width * 0.4, area.y + area.height / 2);
  await page.mouse.down();
  await page.mouse.move(area.x + area.width * 0.6, area.y + area.height / 2, { steps: 3 });
  await page.mouse.up();
  await page.waitForFunction(() => window.heapprof.state.get().range);
  const [from, to] = (await stateOf(page)).range;
  assert(from >= 0 && to < moments && from < to, `${from} to ${to}`);

  const end = page.getByRole("slider", { name: "End of the range" });
  await end.focus();
  await page.keyboard.press("ArrowRight");
  assert.deepEqual((await stateOf(page)).range, [from, to + 1]);
  await page.keyboard.press("End");
  assert.deepEqual((await stateOf(page)).range, [from, moments]);
  await page.keyboard.press("Escape");
  assert.equal((await stateOf(page)).range, null);
});
