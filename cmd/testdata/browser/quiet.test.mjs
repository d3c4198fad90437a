// What holds of every page: it needs nothing from elsewhere, and says nothing on the console. The harness looks at that
// after each test; here each view is only shown.
import { test, assert } from "./harness.mjs";

const views = ["flame", "table", "tree", "histograms", "owners"];

test("every view opens without the network, a request or an error, and with words for all that it says", { page: "*" }, async ({ page }) => {
  const choices = [...views.map((view) => ({ view, selection: { kind: "place", id: 0 } })), { view: "flame" }, { view: "tree", selection: { kind: "node", id: 1 } }];
  const shown = await page.evaluate(async (all) => {
    const { state } = window.heapprof;
    const root = document.getElementById("view");
    const seen = [];
    for (const chosen of all) {
      state.set({ ...state.initial, ...chosen });
      await new Promise(requestAnimationFrame);
      seen.push({ class: root.className, tab: document.querySelector("[role=tab][aria-selected=true]")?.id, text: document.body.innerText, own: root.innerText.trim(), drawn: root.querySelectorAll("canvas, svg, table").length });
    }
    return seen;
  }, choices);
  for (const [i, { view }] of choices.entries()) {
    assert.equal(shown[i].class, "view-" + view);
    assert.equal(shown[i].tab, "tab-" + view);
    assert(shown[i].own || shown[i].drawn > 0, `${view} shows nothing, and says nothing`);
    assert.doesNotMatch(shown[i].text, /\bNaN\b|\bundefined\b|\bInfinity\b|\bnull\b|\[object \w+\]/, JSON.stringify(choices[i]));
  }
});
