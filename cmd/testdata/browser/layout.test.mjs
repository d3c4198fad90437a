// Where things stand: on a telephone, on paper, and that nothing is cut off.
import { test, assert } from "./harness.mjs";

const views = ["flame", "table", "tree", "histograms", "owners"];

// tooWide returns what reaches beyond the window, though nothing around it scrolls.
const tooWide = () => {
  const scrolls = (e) => e !== document.documentElement && e !== document.body && /(auto|scroll|hidden|clip)/.test(getComputedStyle(e).overflowX);
  const within = (e) => {
    for (let at = e.parentElement; at; at = at.parentElement) if (scrolls(at)) return true;
    return false;
  };
  const all = [...document.body.querySelectorAll("*")].filter((e) => e.getClientRects().length && e.getBoundingClientRect().right > innerWidth + 1 && !within(e) && !e.closest(".unseen"));
  return {
    page: document.documentElement.scrollWidth > innerWidth,
    elements: all.slice(0, 3).map((e) => e.outerHTML.slice(0, 100)),
  };
};

// cut returns text that reaches beyond the pane that holds it, where nothing says so by an ellipsis and nothing scrolls.
const cut = () => ["header", "findings", "timeline", "toolbar", "details", "footer"].flatMap((id) => {
  const pane = document.getElementById(id);
  const edge = pane.getBoundingClientRect().right + 1;
  const texts = document.createTreeWalker(pane, NodeFilter.SHOW_TEXT);
  const found = [];
  while (texts.nextNode()) {
    const range = document.createRange();
    range.selectNodeContents(texts.currentNode);
    if (!texts.currentNode.data.trim() || range.getBoundingClientRect().right <= edge) continue;
    let at = texts.currentNode.parentElement;
    while (at !== pane && !/(auto|scroll|hidden|clip)/.test(getComputedStyle(at).overflowX)) at = at.parentElement;
    if (at === pane) found.push(`${id}: ${texts.currentNode.data.slice(0, 40)}`);
  }
  return found;
});

test("nothing is wider than a telephone", { page: ["found", "diff", "held", "sampled", "hostile-long", "big"], viewport: [390, 844] }, async (session) => {
  for (const view of views) {
    await session.choose({ view, selection: { kind: "place", id: 0 } });
    assert.deepEqual(await session.page.evaluate(tooWide), { page: false, elements: [] }, view);
    assert.deepEqual(await session.page.evaluate(cut), [], view);
  }
});

test("nothing is cut off at 1280 by 800", { page: ["found", "diff", "held", "diff-sampled", "hostile"] }, async (session) => {
  for (const values of [{ view: "flame" }, { view: "table" }, { view: "table", selection: { kind: "place", id: 0 } }, { view: "tree", selection: { kind: "function", id: 0 } }]) {
    await session.choose(values);
    assert.deepEqual(await session.page.evaluate(tooWide), { page: false, elements: [] }, JSON.stringify(values));
    assert.deepEqual(await session.page.evaluate(cut), [], JSON.stringify(values));
  }
});

test("on paper all rows stand on white, without what is only for the screen", { page: "sample", colorScheme: "dark" }, async (session) => {
  const { page } = session;
  await session.choose({ view: "table" });
  await page.emulateMedia({ media: "print" });
  await page.waitForFunction(() => document.documentElement.dataset.theme === "light");
  const paper = await page.evaluate(() => {
    const table = document.querySelector("#view table");
    const clipped = [];
    for (let e = table; e; e = e.parentElement) if (e.scrollHeight > e.clientHeight + 1 && /(auto|scroll|hidden)/.test(getComputedStyle(e).overflowY)) clipped.push(e.id || e.className);
    return {
      background: getComputedStyle(document.body).backgroundColor,
      controls: [...document.querySelectorAll("#toolbar, #skip, #view select")].filter((e) => e.getClientRects().length && getComputedStyle(e).visibility !== "hidden").map((e) => e.id),
      rows: table.rows.length, clipped,
    };
  });
  assert.match(paper.background, /rgb\(255, 255, 255\)|rgba\(0, 0, 0, 0\)/);
  assert.deepEqual(paper.controls, []);
  assert.deepEqual(paper.clipped, [], "what scrolls is cut off on paper");
});
