// What holds of every page: it needs nothing from elsewhere, and says nothing on the console. The harness looks at
// that after each test; here the pages are only opened.
import { test, assert } from "./harness.mjs";

test("a page opens without the network, without a request and without an error", { page: "sample" }, async ({ page, facts }) => {
  assert.match(await page.title(), new RegExp(facts.program));
});
