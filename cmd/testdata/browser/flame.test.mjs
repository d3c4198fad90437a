// The flame graph and the tree, as they are drawn and used.
import { assert, test } from "./harness.mjs";

const stateOf = (page) => page.evaluate(() => window.heapprof.state.get());
const setState = (page, changes) => page.evaluate((values) => window.heapprof.state.set(values), changes);

// treeOf returns the items of the tree beside the canvas: level, whether it is open, and what it says.
const treeOf = (page) => page.locator("[role=tree] [role=treeitem]").evaluateAll((items) => items.map((e) => ({
  level: Number(e.getAttribute("aria-level")), expanded: e.getAttribute("aria-expanded"), selected: e.getAttribute("aria-selected") === "true",
  words: e.querySelector("span").textContent, focusable: e.tabIndex === 0,
})));

// boxAt returns where the first box is in a row of the flame graph, in the window.
async function boxAt(page, row) {
  const { x, y } = await page.locator(".flame-canvas").boundingBox();
  return [x + 8, y + 20 * row + 10];
}

test("the flame graph fills its canvas, also in a narrower window", { page: "sample" }, async (session) => {
  const { page } = session;
  session.mayWarn(/willReadFrequently/); // it is only read here
  const drawn = () => page.locator(".flame-canvas").evaluate((canvas) => {
    const context = canvas.getContext("2d");
    const at = (x) => context.getImageData(x, 1, 1, 1).data.join();
    return { ratio: canvas.width / canvas.clientWidth, isFilled: at(2) !== "255,255,255,255" && at(2) === at(canvas.width - 10) };
  });
  assert.deepEqual(await drawn(), { ratio: 1, isFilled: true });
  await page.setViewportSize({ width: 700, height: 800 });
  await page.waitForFunction(() => document.querySelector(".flame-canvas").clientWidth <= 700);
  assert.deepEqual(await drawn(), { ratio: 1, isFilled: true });
});

test("a click zooms, the callers lead back, and what fills the picture gives way to its caller", { page: "sample" }, async ({ page }) => {
  const total = () => page.evaluate(() => window.heapprof.view().drawn().total);
  const all = await total();
  await page.mouse.click(...await boxAt(page, 2));
  await page.waitForFunction(() => window.heapprof.state.get().zoom > 0);
  const zoomed = await total();
  assert(zoomed > 0 && zoomed <= all);
  const crumbs = page.locator(".flame-crumbs");
  assert.match(await crumbs.innerText(), /^all/);
  const { zoom } = await stateOf(page);
  await page.mouse.click(...await boxAt(page, 0));
  await page.waitForFunction((n) => window.heapprof.state.get().zoom !== n, zoom);
  await crumbs.getByRole("button", { name: "all" }).click();
  await page.waitForFunction(() => window.heapprof.state.get().zoom === 0);
  assert.equal(await total(), all);
});

test("what is under the pointer is told with all digits", { page: "sample" }, async ({ page }) => {
  await page.mouse.move(...await boxAt(page, 0));
  const tip = page.locator(".flame-tip");
  await tip.waitFor();
  const exact = await page.evaluate(() => window.heapprof.view().drawn().total.toLocaleString("en-US"));
  assert((await tip.innerText()).includes(exact), `${await tip.innerText()} has ${exact}`);
});

test("the tree beside the canvas goes with the picture, and walks by itself", { page: "sample" }, async ({ page }) => {
  const [root, ...others] = await treeOf(page);
  assert.deepEqual([root.level, root.expanded, root.focusable], [1, "true", true]);
  assert(others.length > 0 && others.every(({ level, focusable }) => level === 2 && !focusable), "all that is called from the outermost, and one stop for Tab");
  assert.match(root.words, /^all, .*[0-9]/);
  await page.locator("[role=tree] [tabindex='0']").focus();
  await page.keyboard.press("ArrowDown");
  await page.waitForFunction(() => window.heapprof.state.get().selection);
  const chosen = (await treeOf(page)).filter((item) => item.selected);
  assert.equal(chosen.length, 1);
  assert.equal(await page.evaluate(() => document.activeElement.getAttribute("aria-selected")), "true", "the focus goes with it");
  assert(await page.locator("[role=tree]").evaluate((e) => e.clientWidth > 100), "it is seen while it has the focus");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => window.heapprof.state.get().zoom > 0);
});

test("matches are told from what only leads to them, and their sum is told", { page: "sample", fragment: "filter=Parser" }, async ({ page }) => {
  const [match, all] = await page.evaluate(() => {
    const { model, state } = window.heapprof;
    const values = state.get();
    const { name } = model.metric(values);
    return [model.cut(values).total(name), model.cut({ ...values, filter: "" }).total(name)];
  });
  assert(match > 0 && match < all);
  assert.equal(await page.evaluate(() => window.heapprof.view().drawn().total), all, "what does not match stays in the picture");
  assert.match(await page.locator("#matches").innerText(), /%/);
});

test("changes are told by a sign, not by colour alone", { page: "diff" }, async ({ page }) => {
  const [root] = await treeOf(page);
  assert.match(root.words, /[+−]|as before/);
  await setState(page, { view: "tree" });
  assert.match(await page.locator(".calls tbody tr").first().innerText(), /^[+−]|^0/);
});

test("the tree of all calls opens and closes by its arrows, and Enter asks for callers and callees", { page: "sample", fragment: "view=tree" }, async ({ page }) => {
  const { keyboard } = page;
  const rows = () => page.locator(".tree > .calls-wrap tbody tr").count();
  await page.locator("#view").focus();
  await keyboard.press("ArrowDown"); // into the table
  await keyboard.press("ArrowDown");
  const open = await rows();
  await keyboard.press("ArrowLeft");
  assert(await rows() < open, "it closes");
  await keyboard.press("ArrowRight");
  assert.equal(await rows(), open, "and opens");
  await keyboard.press("Enter");
  await page.waitForFunction(() => window.heapprof.state.get().selection?.kind === "function");
  assert.equal(await page.locator(".tree-both .calls-wrap:visible").count(), 2);
  await keyboard.press("Escape");
  await keyboard.press("Escape");
  await page.locator(".tree > .calls-wrap").waitFor();
});

test("a function is found by its name, and its callers and callees have its total", { page: "sample", fragment: "view=tree&whole=false" }, async ({ page }) => {
  await page.getByLabel("Find a function").fill("parse");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => window.heapprof.state.get().selection?.kind === "function");
  const [callers, callees] = await page.locator(".tree-both .calls tbody").evaluateAll((all) => all.map((e) => e.rows[0].cells[0].textContent));
  assert.equal(callers, callees);
  assert.equal(await page.locator(".functions [aria-selected=true] .number").innerText(), callers);
});
