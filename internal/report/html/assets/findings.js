// What was found, in words: a line each. What is behind a finding is shown in the details, and on paper below it.

import { element, replace } from "./dom.js";
import { findingParts } from "./details_finding.js";

const fewFindings = 4;

export function createFindings(app, root) {
  const { page, state } = app;
  const findings = page.findings ?? [];
  const notes = page.notes ?? [];
  const why = page.missing?.findings;
  if (!findings.length && !notes.length && !why) {
    root.hidden = true;
    return { needs: () => [], update() {} };
  }

  function choose(i) {
    const { selection } = state.get();
    if (selection?.kind === "finding" && selection.id === i) return state.set({ selection: null });
    // A finding is of the whole profile: nothing that is chosen may hide it.
    if (matchMedia("(max-width: 899px)").matches) requestAnimationFrame(() => document.getElementById("details").scrollIntoView());
    return state.set({ selection: { kind: "finding", id: i }, metric: findings[i].metric || page.default, range: null, filter: "", brush: null });
  }

  // line parts the headline: "grows without end: 12.3 MiB in cache_put cache.c:41, …".
  function line(f, i) {
    const rest = f.headline.startsWith(`${f.title}: `) ? f.headline.slice(f.title.length + 2) : f.headline;
    // "309 KiB in 8,701 blocks": the first of two amounts is that of all findings, and stands below the others.
    const [short] = f.amount.split(" in ");
    const behind = short && rest.startsWith(short) ? rest.slice(short.length).trim() : rest;
    return element("li", {},
      element("button", { type: "button", class: "finding", "aria-pressed": "false", title: f.headline, onclick: () => choose(i) },
        element("span", { class: "amount" }, short),
        element("span", { class: "what" }, element("b", {}, f.title), " ", element("bdi", {}, behind))),
      element("div", { class: "on-paper" }, findingParts(app, f, { onPaper: true })));
  }

  const lines = findings.map(line);
  const list = element("ul", { class: "findings" }, lines);
  let open = false;
  const fold = element("button", { type: "button", class: "link fold", onclick: () => { open = !open; show(); } });
  const noteList = element("ul", { class: "notes" }, notes.map(n => element("li", {}, element("span", { class: "label" }, "Note"), " ", n)));

  // Notes are shown where there is room for them beside the timeline.
  const foldedNotes = () => !open && lines.length + notes.length > fewFindings + 1;
  function show() {
    const { selection } = state.get();
    lines.forEach((l, i) => { l.className = open || i < fewFindings || (selection?.kind === "finding" && selection.id === i) ? "" : "folded"; });
    noteList.className = foldedNotes() ? "notes folded" : "notes";
    const hidden = [Math.max(0, lines.length - fewFindings) && `${lines.length - fewFindings} more`, notes.length && lines.length + notes.length > fewFindings + 1 && `${notes.length} ${notes.length === 1 ? "note" : "notes"}`].filter(Boolean);
    fold.hidden = !hidden.length;
    fold.setAttribute("aria-expanded", String(open));
    replace(fold, open ? "Fewer" : `… ${hidden.join(" and ")}`);
  }

  replace(root,
    findings.length ? element("h2", { class: "label" }, page.sides.length === 2 ? "Findings in the later profile" : "Findings") : null,
    why && !findings.length ? element("p", { class: "quiet sentence" }, why) : null, list, noteList, fold);

  return {
    needs: () => ["selection"],
    update(values) {
      const chosen = values.selection?.kind === "finding" ? values.selection.id : -1;
      lines.forEach((l, i) => l.firstChild.setAttribute("aria-pressed", String(i === chosen)));
      show();
    },
  };
}
