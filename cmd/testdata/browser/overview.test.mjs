// The first screen: findings, and the heap over time.
import { test, assert } from "./harness.mjs";

const state = (page) => page.evaluate(() => window.heapprof.state.get());

test("a range is chosen with a finger, and a tap shows what lived at a moment", { page: "found" }, async ({ page }) => {
  const box = await page.locator("#timeline .overlay").boundingBox();
  const browser = await page.context().newCDPSession(page);
  await browser.send("Emulation.setTouchEmulationEnabled", { enabled: true });
  const touch = (type, x) => browser.send("Input.dispatchTouchEvent", { type, touchPoints: type === "touchEnd" ? [] : [{ x: box.x + x * box.width, y: box.y + box.height / 2 }] });
  await touch("touchStart", 0.3);
  for (const x of [0.35, 0.45, 0.6]) await touch("touchMove", x);
  await touch("touchEnd");
  await page.waitForFunction(() => window.heapprof.state.get().range?.[1] > 20);
  const [from, to] = (await state(page)).range;
  assert(from > 0 && from < to && to < await page.evaluate(() => window.heapprof.page.windows.time.length), `from ${from} to ${to}`);
  assert.match(await page.locator("#timeline .range").textContent(), /^Born from .* to .* and live then: at least /);

  await touch("touchStart", 0.5);
  await touch("touchEnd");
  await page.waitForFunction(() => window.heapprof.state.get().range?.[0] === -1);
  assert.match(await page.locator("#timeline .range").textContent(), /^Live at /);
  await page.getByRole("button", { name: "Whole run" }).click();
  assert.equal((await state(page)).range, null);
});

test("a finding shows what is behind it and its place, whatever was chosen before", { page: "found", fragment: "filter=nothing-has-this-name&range=2_5&metric=total-blocks" }, async ({ page }) => {
  const findings = await page.evaluate(() => window.heapprof.page.findings);
  const lines = page.locator(".finding");
  assert.equal(await lines.count(), findings.length);
  if (findings.length > 4) {
    assert.equal(await lines.nth(4).isVisible(), false, "many findings are folded");
    await page.locator("#findings .fold").click();
  }
  for (const [i, f] of findings.entries()) {
    await lines.nth(i).click();
    const { selection, metric, filter, range } = await state(page);
    assert.deepEqual({ selection, metric, filter, range }, { selection: { kind: "finding", id: i }, metric: f.metric || metric, filter: "", range: null });
    const details = await page.locator("#details").textContent();
    for (const text of [f.headline, ...f.evidence, ...f.try, f.fineIf, ...f.stack.slice(0, 8).map((s) => s.name)]) assert(details.includes(text.trim()), `${text}: not in the details`);
  }
});

test("a long stack of a finding opens to its end", { page: "found-deep", fragment: "selection=finding.0" }, async ({ page }) => {
  const stack = page.locator("#details .part", { hasText: "Stack with most of it" });
  const last = (await page.evaluate(() => window.heapprof.page.findings[0].stack)).at(-1).name;
  assert.equal(await stack.getByText(last, { exact: true }).isVisible(), false);
  await stack.locator("summary").click();
  assert.equal(await stack.getByText(last, { exact: true }).isVisible(), true);
});
