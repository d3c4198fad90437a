// For those who see little or nothing, or use no mouse: names, roles, contrast, motion.
import { test, assert } from "./harness.mjs";

const views = ["flame", "table", "tree", "histograms", "owners"];

// faint returns the texts whose contrast with what is behind them is too low: 4.5:1, and 3:1 for large letters, as
// WCAG 2.1 computes it.
const faint = () => {
  const canvas = Object.assign(document.createElement("canvas"), { width: 1, height: 1 });
  const context = canvas.getContext("2d", { willReadFrequently: true });
  // rgba reads any color of CSS.
  const rgba = (color) => {
    context.clearRect(0, 0, 1, 1);
    context.fillStyle = color;
    context.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = context.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const over = ([r, g, b, a], below) => [r, g, b].map((c, i) => c * a + below[i] * (1 - a));
  const light = (rgb) => {
    const [r, g, b] = rgb.map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (e) => {
    const layers = [];
    for (let at = e; at; at = at.parentElement) layers.push(rgba(getComputedStyle(at).backgroundColor));
    const dark = document.documentElement.dataset.theme === "dark";
    return layers.reduceRight((below, layer) => over(layer, below), dark ? [0, 0, 0] : [255, 255, 255]);
  };
  const opacity = (e) => {
    let all = 1;
    for (let at = e; at; at = at.parentElement) all *= Number(getComputedStyle(at).opacity);
    return all;
  };
  const found = new Set();
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const e = texts.currentNode.parentElement;
    if (!texts.currentNode.data.trim() || !e.getClientRects().length || /^(SCRIPT|STYLE|NOSCRIPT|OPTION)$/.test(e.tagName) || e.closest(".unseen, :disabled")) continue;
    const style = getComputedStyle(e);
    if (style.visibility === "hidden") continue;
    const below = behind(e);
    const [r, g, b, a] = rgba(e.closest("svg") ? style.fill : style.color);
    const [x, y] = [light(over([r, g, b, a * opacity(e)], below)), light(below)];
    const ratio = (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05);
    const size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    if (ratio < (large ? 3 : 4.5)) found.add(`${ratio.toFixed(2)}:1 of "${texts.currentNode.data.trim().slice(0, 30)}" in <${e.tagName.toLowerCase()} class="${e.className?.baseVal ?? e.className}">`);
  }
  return [...found].slice(0, 8);
};

for (const colorScheme of ["light", "dark"]) {
  test(`letters stand out, ${colorScheme}`, { page: ["found", "diff", "held"], colorScheme }, async (session) => {
    await session.page.waitForFunction((scheme) => document.documentElement.dataset.theme === scheme, colorScheme);
    const choices = views.map((view) => ({ view, selection: { kind: "place", id: 0 } }));
    for (const chosen of [...choices, { filter: "a" }, { selection: { kind: "finding", id: 0 } }]) {
      await session.choose(chosen);
      assert.deepEqual(await session.page.evaluate(faint), [], JSON.stringify(chosen));
    }
  });
}

// nameless returns what can be used but has no name that could be read out, and roles that lack what belongs to them.
const nameless = () => {
  const faults = [];
  const named = (e) => (e.getAttribute("aria-label") ?? "").trim() || e.textContent.trim() || e.title || e.labels?.length ||
    (e.getAttribute("aria-labelledby") ?? "").split(" ").some((id) => document.getElementById(id)?.textContent.trim()) || e.alt;
  const seen = (e) => e.getClientRects().length;
  for (const e of document.querySelectorAll("button, a[href], select, input, summary, [tabindex='0'], [role=treeitem], [role=slider], [role=img]")) {
    if (seen(e) && !named(e)) faults.push("no name: " + e.outerHTML.slice(0, 100));
  }
  for (const e of document.querySelectorAll("[aria-labelledby], [aria-controls], [aria-describedby]")) {
    for (const attribute of ["aria-labelledby", "aria-controls", "aria-describedby"]) {
      for (const id of (e.getAttribute(attribute) ?? "").split(" ").filter(Boolean)) if (!document.getElementById(id)) faults.push(`${attribute} of ${id}, which is not there`);
    }
  }
  const ids = [...document.querySelectorAll("[id]")].map((e) => e.id);
  for (const id of ids) if (ids.indexOf(id) !== ids.lastIndexOf(id)) faults.push("twice: #" + id);
  for (const e of document.querySelectorAll("canvas, svg")) {
    if (seen(e) && !e.closest("[aria-hidden=true]") && !(e.getAttribute("role") === "img" && named(e)) && !e.closest("[role=img], [role=group]")) faults.push("a picture without words: " + e.outerHTML.slice(0, 100));
  }
  for (const e of document.querySelectorAll("table")) {
    if (seen(e) && !e.querySelector("th[scope], thead th")) faults.push("a table without heads: " + e.outerHTML.slice(0, 100));
  }
  return [...new Set(faults)].slice(0, 8);
};

test("all that can be used or seen has a name", { page: ["found", "diff", "held", "sampled"] }, async (session) => {
  const { page } = session;
  assert.equal(await page.evaluate(() => document.documentElement.lang), "en");
  assert.equal(await page.locator("h1").count(), 1);
  for (const view of views) {
    await session.choose({ view, selection: { kind: "place", id: 0 } });
    assert.deepEqual(await page.evaluate(nameless), [], view);
  }
});

test("the table is a table: a caption, heads, rows, and how it is sorted", { page: "sample" }, async (session) => {
  const { page } = session;
  await session.choose({ view: "table" });
  const table = page.locator("#view table");
  assert.equal(await table.count(), 1);
  const { caption, heads, sorted, cells } = await table.evaluate((e) => ({
    caption: e.caption?.textContent ?? "", heads: [...e.tHead.rows[0].cells].map((cell) => `${cell.tagName} ${cell.scope}`),
    sorted: e.querySelectorAll("th[aria-sort=descending], th[aria-sort=ascending]").length, cells: [...e.tBodies[0].rows].map((row) => row.cells.length),
  }));
  assert.match(caption, /peak/i);
  assert(heads.every((head) => head === "TH col"), String(heads));
  assert.equal(sorted, 1);
  assert(cells.length > 1);
});

test("nothing moves by itself where less motion is preferred", { page: "found", reducedMotion: "reduce" }, async (session) => {
  for (const view of views) {
    await session.choose({ view });
    const moving = await session.page.evaluate(() => {
      const styled = [...document.querySelectorAll("*")].filter((e) => {
        const style = getComputedStyle(e);
        return /[1-9]/.test(style.transitionDuration) || style.animationName !== "none";
      });
      return styled.map((e) => e.outerHTML.slice(0, 60)).concat(document.getAnimations().map(String)).slice(0, 3);
    });
    assert.deepEqual(moving, [], view);
  }
});
