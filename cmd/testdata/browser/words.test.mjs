// What is said: why something is empty, that an estimate is one, and of a diff the verdict first.
import { test, assert } from "./harness.mjs";

const views = ["flame", "table", "tree", "histograms", "owners"];

test("an empty view says why", { page: ["valgrind", "dhat-rs", "ad-hoc", "empty", "diff", "sample"] }, async (session) => {
  const { page } = session;
  for (const view of views) {
    await session.choose({ view });
    const shown = await page.evaluate(() => {
      const root = document.getElementById("view");
      return { text: root.textContent, empty: root.querySelector(".empty")?.textContent ?? null, missing: window.heapprof.page.missing?.[window.heapprof.state.get().view] ?? null, pictures: root.querySelectorAll("canvas, svg, tbody tr, [role=treeitem]").length };
    });
    // What is missing may be a part of the view, beside which the rest is shown.
    if (shown.missing !== null) assert(shown.text.includes(shown.missing), `${view}: ${shown.text.slice(0, 300)}`);
    if (shown.empty !== null) assert(shown.empty.trim().split(/\s+/).length >= 4, `${view} says no more than "${shown.empty}"`);
    else assert(shown.pictures > 0, `${view} is empty, and does not say why`);
  }
});

test("a valgrind profile says what it lacks in its own words", { page: "valgrind" }, async (session) => {
  const missing = await session.page.evaluate(() => window.heapprof.page.missing);
  for (const view of ["owners", "histograms"]) assert.match(missing[view], /valgrind/, view);
});

// amounts returns the words of a part that are amounts, with what stands before them.
const amounts = (text) => text.match(/\S?[\d.,]+ (?:[KMGT]iB|B)\b/g) ?? [];

test("estimates are marked wherever they stand", { page: "sampled" }, async (session) => {
  const { page } = session;
  for (const [view, id] of [["table", "view"], ["table", "details"], ["flame", "details"], ["tree", "view"]]) {
    await session.choose({ view, selection: { kind: "place", id: 0 } });
    const text = await page.locator("#" + id).innerText();
    const plain = amounts(text).filter((amount) => !amount.startsWith("~") && !/[+−-]/.test(amount[0]));
    assert.deepEqual(plain, [], `${view}, ${id}: ${text.slice(0, 200)}`);
  }
  assert.match(await page.locator("#header").innerText(), /~[\d.]+ MiB/);
  assert.match(await page.evaluate(() => document.body.innerText), /estimate|sampled/i, "it is said that these are estimates, and why");
});

test("exact amounts are not marked as estimates", { page: "sample" }, async (session) => {
  for (const view of views) {
    await session.choose({ view, selection: { kind: "place", id: 0 } });
    assert.doesNotMatch(await session.page.evaluate(() => document.body.innerText), /~\d/, view);
  }
});

test("a diff begins with the verdict, and has changes with their sign", { page: "diff" }, async (session) => {
  const { page } = session;
  const verdict = await page.evaluate(() => window.heapprof.page.verdict);
  assert(verdict?.length > 0);
  const header = await page.locator("#header").innerText();
  assert(header.includes(verdict[0]), header);
  const top = await page.evaluate((words) => {
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) if (texts.currentNode.data.includes(words)) return texts.currentNode.parentElement.getBoundingClientRect().bottom;
    return Infinity;
  }, verdict[0]);
  assert(top < 120, `the verdict ends ${top} pixels below the top`);
  await session.choose({ view: "table" });
  const table = await page.locator("#view table").innerText();
  assert.match(table, /−[\d.]+ [KM]iB/);
  assert.match(table, /\+[\d.]+ [KM]iB/);
  assert.match(table, /\bnew\b/);
  assert.match(table, /\bgone\b/);
});
