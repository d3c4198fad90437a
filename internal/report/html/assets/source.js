// Lines of source that are in the page.

import { element } from "./dom.js";

// sourceAround returns the lines around one, as {number, text}, fewer where the page has fewer; none where it does not have
// the line itself.
export function sourceAround(page, file, line, around) {
  const all = (page.sources ?? []).filter(s => s.file === file);
  const textOf = number => {
    for (const s of all) {
      const text = s.lines[number - s.first];
      if (text !== undefined) return text;
    }
    return undefined;
  };
  if (!line || textOf(line) === undefined) return [];
  const lines = [];
  for (let n = Math.max(1, line - around); n <= line + around; n++) {
    const text = textOf(n);
    if (text !== undefined) lines.push({ number: n, text });
  }
  return lines;
}

// sourceBlock shows lines around one, which is marked; null where the page does not have it. beside(number) is what stands
// before a line, as what it allocates.
export function sourceBlock(page, file, line, { around = 5, beside = null } = {}) {
  const lines = sourceAround(page, file, line, around);
  if (!lines.length) return null;
  const indent = Math.min(...lines.filter(l => l.text.trim()).map(l => l.text.match(/^\s*/)[0].length));
  return element("div", { class: "source mono", role: "group", "aria-label": `${page.files[file]}, line ${line}`, tabindex: "0" },
    lines.map(({ number, text }) => element("div", { class: number === line ? "marked" : "" },
      beside ? element("span", { class: "beside" }, beside(number)) : null,
      element("span", { class: "number" }, number === line ? "▸" : "", String(number)),
      element("code", {}, text.slice(indent) || " "))));
}
