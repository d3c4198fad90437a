// What holds of every page: it needs nothing from elsewhere, and says nothing on the console. The harness looks at that
// after each test; here each view is only shown.
import { test, assert } from "./harness.mjs";

const views = ["flame", "table", "tree", "histograms", "owners"];

test("every view opens without the network, a request or an error", { page: "*" }, async ({ page }) => {
  for (const [i, view] of views.entries()) {
    await page.keyboard.press(String(i + 1));
    await page.locator(`#view.view-${view}`).waitFor();
    const shown = await page.evaluate(() => {
      const root = document.getElementById("view");
      return { text: root.innerText.trim().length, drawn: root.querySelectorAll("canvas, svg, table").length, tab: document.querySelector("[role=tab][aria-selected=true]")?.id };
    });
    assert.equal(shown.tab, "tab-" + view);
    assert(shown.text + shown.drawn > 0, `${view} shows nothing, and says nothing`);
  }
});
