// The table, and the histograms' map: what one does there with the keyboard, a mouse and the presets.
import { assert, test } from "./harness.mjs";

const drawn = (page) => page.evaluate(() => window.heapprof.view().drawn());
const state = (page) => page.evaluate(() => window.heapprof.state.get());
const sum = (parts) => parts.reduce((a, b) => a + b, 0);

test("rows of the table are walked with arrows, which select, and Enter shows one in the flame graph", { page: "typed" }, async (session) => {
  const { page } = session;
  await session.choose({ view: "table" });
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  const row = page.locator(".grid tbody tr[aria-current]");
  assert.equal(await row.count(), 1);
  assert.equal((await state(page)).selection.kind, "place");
  await page.keyboard.press("Enter");
  assert.equal((await state(page)).view, "flame");
});

test("each preset of the table shows something, and adds up to the profile", { page: "facts" }, async (session) => {
  const { page } = session;
  await session.choose({ view: "table" });
  const presets = page.locator(".asks [aria-pressed]");
  for (let i = 0; i < await presets.count(); i++) {
    await presets.nth(i).click();
    await page.locator(`.asks [aria-pressed]:nth-of-type(${i + 1})[aria-pressed=true]`).waitFor();
    const shown = await drawn(page);
    if (shown) assert.equal(sum(shown.parts), shown.total);
    assert(await page.locator(".tableplace").innerText(), `preset ${i} shows nothing`);
  }
});

test("a filter leaves a row of what it leaves out, and the total is the profile's", { page: "typed" }, async (session) => {
  const { page } = session;
  await session.choose({ view: "table" });
  const { total } = await drawn(page);
  await page.evaluate(() => {
    const { page: data, state: choice } = window.heapprof;
    choice.set({ filter: `^${data.types.name[0].replace(/[^\w ]/g, ".")}$` });
  });
  await page.locator(".grid tr.filtered").waitFor();
  const some = await drawn(page);
  assert.equal(some.total, total);
  assert.equal(sum(some.parts), total);
});

test("a field of the map that is dragged over chooses its stacks in all views, and Escape ends it", { page: "sample" }, async (session) => {
  const { page } = session;
  await session.choose({ view: "histograms" });
  const all = await page.evaluate(() => window.heapprof.model.cut(window.heapprof.state.get()).total("total-bytes"));
  const field = page.locator(".map td.some").first();
  const box = await field.boundingBox();
  await page.mouse.move(box.x + 5, box.y + 5);
  await page.mouse.down();
  await page.mouse.move(box.x + 8, box.y + 8);
  await page.mouse.up();
  await page.locator(".chosen.said:not([hidden])").waitFor();
  const some = await page.evaluate(() => window.heapprof.model.cut(window.heapprof.state.get()).total("total-bytes"));
  assert(some > 0 && some < all, `${some} of ${all}`);
  await page.keyboard.press("Escape");
  await page.locator(".chosen.said").waitFor({ state: "hidden" });
  assert.equal((await state(page)).brush, null);
});

test("the map is walked with the keyboard, and what is never freed has a row of its own", { page: "sample" }, async (session) => {
  const { page } = session;
  await session.choose({ view: "histograms" });
  await page.locator(".map td.never").first().focus();
  await page.keyboard.press("Enter");
  const { brush } = await state(page);
  assert.equal(brush[2], Infinity);
  const metrics = await page.evaluate(() => {
    const cut = window.heapprof.model.cut(window.heapprof.state.get());
    return [cut.total("end-blocks"), cut.total("total-blocks")];
  });
  assert(metrics[0] > 0 && metrics[0] === metrics[1], String(metrics));
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Shift+ArrowRight");
  assert(await page.locator(".map td.in").count() >= 1);
});
