// The top of the page: the program, how it ended, and the amounts that are asked for first.

import { element, quotedName, replace } from "./dom.js";
import { figuresOf } from "./header_figures.js";

const themes = { auto: { next: "dark", sign: "◐", words: "as the system" }, dark: { next: "light", sign: "●", words: "dark" }, light: { next: "auto", sign: "○", words: "light" } };

// nextTheme returns the one that comes after one.
export const nextTheme = theme => themes[theme].next;

// What of the verdict stands among the figures as well.
const isFigure = /^(peak|at exit|allocated|blocks|temporary): /;

export function createHeader(app, root, help) {
  const { amounts, page, after, state } = app;
  const theme = element("button", { type: "button", class: "control", onclick: () => state.set({ theme: nextTheme(state.get().theme) }, { step: false }) });
  const figures = element("div", { class: "figures", role: "group", "aria-label": "Amounts" });

  // command is the command line without the program, whose name stands before it.
  const commandOf = side => {
    const { command, program } = side;
    const end = command.indexOf(program) + program.length;
    return program && command.indexOf(program) >= 0 && (end === command.length || command[end] === " ") ? command.slice(end).trim() : command;
  };

  function ended(side) {
    const bad = /signal|status [1-9]/.test(side.status);
    return element("span", { class: bad ? "ended bad" : "ended" }, side.status);
  }

  function duration(side) {
    if (!side.endTime || side.status.startsWith("attached")) return null; // which says how long
    const about = [side.started && `started ${side.started}`, side.host && `on ${side.host}`].filter(Boolean).join(" ");
    return element("span", { class: "ended", title: about }, `ran ${amounts.time(side.endTime)}`);
  }

  const name = side => side.program || side.command || side.file;
  replace(root,
    element("div", { class: "program" },
      element("h1", {}, quotedName(name(after), { title: after.command || after.file })),
      quotedName(page.sides.length === 2 ? `${page.sides[0].file} → ${after.file}` : commandOf(after) || " ", { class: "command mono", title: page.sides.map(s => `${s.file}: ${s.command}`).join("\n") }),
      ended(after), duration(after)),
    element("div", { class: "actions" }, theme,
      element("button", { type: "button", class: "control", title: "Help (?)", "aria-label": "Help", onclick: () => help.open() }, "?")),
    page.verdict?.length ? element("div", { class: "verdict" }, element("p", {}, page.verdict[0]), element("p", {}, page.verdict.slice(1).filter(line => !isFigure.test(line)).join(" · "))) : null,
    figures);

  return {
    needs: () => ["theme", "metric", "range"],
    update(values) {
      const { sign, words, next } = themes[values.theme];
      replace(theme, sign);
      theme.title = `Colours: ${words} (d: ${themes[next].words})`;
      theme.setAttribute("aria-label", theme.title);
      const focused = [...figures.children].indexOf(document.activeElement);
      replace(figures, figuresOf(app, values));
      if (focused >= 0) figures.children[focused]?.focus();
    },
  };
}
