// Names are whatever somebody has put into a profile. None becomes markup or code, none breaks the page.
import { test, assert } from "./harness.mjs";

// What only the page's own frame may have.
const foreign = () => ({
  hostile: window.hostile,
  scripts: document.querySelectorAll("script").length,
  styles: document.querySelectorAll("style").length,
  loaded: document.querySelectorAll("img, iframe, object, embed, link, base, form, video, audio, source").length,
  handlers: [...document.querySelectorAll("*")].flatMap((e) => e.getAttributeNames().filter((name) => /^on/i.test(name))).length,
  code: [...document.querySelectorAll("[href], [src], [action]")].filter((e) => !/^#/.test(e.getAttribute("href") ?? "")).length,
});
const nothing = { scripts: 2, styles: 1, loaded: 0, handlers: 0, code: 0 };

test("hostile names are text in every view", { page: ["hostile", "hostile-long"] }, async (session) => {
  const { page } = session;
  for (const view of ["flame", "table", "tree", "histograms", "owners"]) {
    await session.choose({ view });
    await page.keyboard.press("ArrowDown");
    const { hostile, ...rest } = await page.evaluate(foreign);
    assert.equal(hostile, undefined, view);
    assert.deepEqual(rest, nothing, view);
  }
});

test("hostile names are shown as they are, within their line", { page: "hostile" }, async (session) => {
  const { page } = session;
  await session.choose({ view: "table", group: "function" });
  // A name that is too long for its line stands whole in the title.
  const text = await page.evaluate(() => [document.getElementById("view").innerText, ...[...document.querySelectorAll("#view [title]")].map((e) => e.title)].join("\n"));
  for (const name of ["</script><script>window.hostile = 1</script>", "</style><style>*{display:none}</style>", "]]>", "&lt;b&gt;&amp;&#60;", "${window.hostile = 4}", "{{data}}{{script}}", "__proto__"]) {
    assert(text.includes(name), `${name} is not in the table`);
  }
  const all = await page.evaluate(() => document.documentElement.innerText + document.title);
  // eslint-disable-next-line no-control-regex
  assert.doesNotMatch(all, /[\u202a-\u202e\u2066-\u2069\u2028\u2029\u0000\u001b]/, "what turns the direction of text, or moves a cursor");
});

test("a name of 10 MB stays within its box", { page: "hostile-long" }, async (session) => {
  const { page } = session;
  for (const view of ["table", "flame", "tree"]) {
    await session.choose({ view, selection: { kind: "place", id: 0 } });
    const longest = await page.evaluate(() => Math.max(...[...document.querySelectorAll("body *")].filter((e) => !/^(SCRIPT|STYLE)$/.test(e.tagName)).flatMap((e) =>
      [...e.childNodes].filter((n) => n.nodeType === Node.TEXT_NODE).map((n) => n.data.length))));
    assert(longest < 20_000, `${view}: a text of ${longest} letters`);
    assert(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), view);
  }
});
