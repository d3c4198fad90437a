// What is known of what is selected; where nothing is, of all that is shown.

import { element, replace } from "./dom.js";
import { findingParts } from "./details_finding.js";

export function createDetails(app, root) {
  const { page } = app;
  return {
    update({ selection }) {
      const f = selection?.kind === "finding" ? page.findings[selection.id] : null;
      replace(root, f ? element("div", { class: "inside" }, element("h2", {}, f.headline), findingParts(app, f)) : null);
    },
    copyCommand() {},
  };
}
