// What is behind a finding: what it rests on, where it is, what to try, and when nothing is to be done.

import { element, quotedName } from "./dom.js";
import { sourceBlock } from "./source.js";

// findingParts returns the parts of a finding, for the details or for paper.
export function findingParts(app, f, { onPaper = false } = {}) {
  const part = (title, ...content) => element("section", { class: "part" }, element("h3", {}, title), content);
  return [
    f.evidence?.length ? part("Evidence", element("ul", { class: "points" }, f.evidence.map(e => element("li", {}, e)))) : null,
    f.try?.length ? part("What to try", element("ul", { class: "points" }, f.try.map(t => element("li", {}, t)))) : null,
    f.fineIf ? part("Fine if", element("p", {}, f.fineIf)) : null,
    f.stack?.length ? part("Stack with most of it", findingStack(app, f, onPaper)) : null,
  ].filter(Boolean);
}

const fewFrames = 8;

function findingStack(app, f, onPaper) {
  const frame = (s, i) => {
    const selection = functionOf(app.page, s);
    return element("li", {},
      onPaper || !selection ? quotedName(s.name, { class: "mono" })
        : element("button", { type: "button", class: "link", onclick: () => app.state.set({ selection }) }, quotedName(s.name, { class: "mono" })),
      " ", element("span", { class: "quiet where" }, s.where),
      sourceBlock(app.page, s.file, s.line, { around: i === 0 ? 5 : 1 }));
  };
  const first = element("ol", { class: "stack" }, f.stack.slice(0, fewFrames).map(frame));
  const rest = f.stack.slice(fewFrames);
  if (!rest.length) return first;
  return [first, element("details", { open: onPaper }, element("summary", {}, `${rest.length} more ${rest.length === 1 ? "caller" : "callers"}`),
    element("ol", { class: "stack", start: String(fewFrames + 1) }, rest.map((s, i) => frame(s, i + fewFrames))))];
}

// functionOf returns what selects the function of a frame; null where the page does not have it.
function functionOf(page, frame) {
  const id = page.functions.name.findIndex((name, f) => name === frame.name && (frame.file < 0 || page.functions.file[f] === frame.file));
  return id < 0 ? null : { kind: "function", id };
}
