// What was found, in words.

import { element, replace } from "./dom.js";

export function createFindings(app, root) {
  replace(root, (app.page.findings ?? []).map(f => element("p", {}, f.headline)));
  return { update() {} };
}
