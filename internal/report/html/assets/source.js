// Lines of source that are in the page.

import { element } from "./dom.js";
import { lineText } from "./groups.js";

// sourceAround returns the lines around one, as {number, text}, fewer where the page has fewer; none where it does not have
// the line itself.
export function sourceAround(page, file, line, around) {
  if (!line || lineText(page, file, line) === null) return [];
  const lines = [];
  for (let number = line - around; number <= line + around; number++) {
    const text = lineText(page, file, number);
    if (text !== null) lines.push({ number, text });
  }
  return lines;
}

// sourceBlock shows lines around one, which is marked; null where the page does not have it. beside(number) is what stands
// before a line, as what it allocates.
export function sourceBlock(page, file, line, { around = 5, beside = () => "" } = {}) {
  const lines = sourceAround(page, file, line, around);
  if (!lines.length) return null;
  const besides = lines.map(l => beside(l.number));
  const indents = lines.filter(l => l.text.trim()).map(l => l.text.length - l.text.trimStart().length);
  const indent = indents.length ? Math.min(...indents) : 0;
  return element("div", { class: "source mono", role: "group", "aria-label": `${page.files[file]}, line ${line}`, tabindex: "0" },
    lines.map(({ number, text }, i) => element("div", { class: number === line ? "marked" : "" },
      besides.some(Boolean) ? element("span", { class: "beside" }, besides[i]) : null,
      element("span", { class: "number" }, number === line ? "▸ " : "", String(number)),
      element("code", {}, text.slice(indent) || " "))));
}
