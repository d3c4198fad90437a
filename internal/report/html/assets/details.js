// What is known of what is selected; where nothing is, of all that is shown.

import { copyButton, element, quotedName, replace } from "./dom.js";
import { subjectOf } from "./subject.js";
import { commandsPart } from "./details_commands.js";
import { findingParts } from "./details_finding.js";
import { heldParts, ownerParts } from "./details_held.js";
import { callersPart, linesPart, pathPart, sitesPart, typesPart } from "./details_lists.js";
import { growthPart, numbersPart } from "./details_numbers.js";
import { courseOf, sparkline, timesOf } from "./sparkline.js";
import { selectedRecords } from "./groups.js";
import { sourcePart } from "./details_source.js";

export function createDetails(app, root) {
  function draw(values) {
    const { selection } = values;
    const subject = subjectOf(app.page, selection);
    const hadFocus = root.contains(document.activeElement);
    const content = element("div", { class: "inside" },
      selection ? selectionHeading(app, selection) : summaryHeading(app, values),
      selection?.kind === "finding" ? findingParts(app, app.page.findings[selection.id]) : null,
      selection && !subject ? null : subject?.kind === "owner" ? ownerParts(app, values, subject.id) : subjectParts(app, values, subject),
      commandsPart(app, values));
    replace(root, content);
    root.classList.toggle("of-finding", selection?.kind === "finding");
    root.scrollTo(0, 0);
    if (hadFocus) content.querySelector("h2")?.focus();
  }

  return {
    // Where nothing is selected the commands are those of the view.
    needs: ({ selection }) => ["selection", "metric", "range", "filter", "brush", "fold", "snapshot", ...(selection ? [] : ["view", "preset", "group", "inverted"])],
    update: draw,
    copyCommand() { root.querySelector(".command .copy")?.click(); },
  };
}

// subjectParts are what is known of records: those of what is selected, or of all that are chosen.
function subjectParts(app, values, subject) {
  const cut = app.model.cut(values);
  const mask = subject ? selectedRecords(app, cut, subject) : null;
  const of = { cut, mask, subject, function: functionOfSubject(app.page, subject) };
  return [
    numbersPart(app, values, of), coursePart(app, values, subject), foundHere(app, values, subject),
    linesPart(app, values, of), sourcePart(app, values, of), pathPart(app, values, of), callersPart(app, values, of),
    subject?.kind === "type" || !subject ? sitesPart(app, values, of) : null,
    subject?.kind === "type" ? null : typesPart(app, values, of), growthPart(app, subject), heldParts(app, values, subject),
  ].flat();
}

// functionOfSubject returns the function that a selection is of; -1 where it is of none.
function functionOfSubject(page, subject) {
  switch (subject?.kind) {
    case "function": return subject.id;
    case "place": return page.places.function[subject.id];
    case "node": return page.nodes.function[subject.id];
    default: return -1;
  }
}

const kindWords = { node: "Call", function: "Function", place: "Allocation site", type: "Type", owner: "Owner", finding: "Finding" };

// titleOf returns what a selection is called.
function titleOf(app, { kind, id }) {
  const { page, names } = app;
  switch (kind) {
    case "node": return names.func(page.nodes.function[id]);
    case "function": return names.func(id);
    case "place": return names.place(id);
    case "type": return page.types.full[id] || names.type(id);
    case "finding": return page.findings[id].headline;
    default: return page.held[app.state.get().snapshot]?.owners[id]?.name ?? "";
  }
}

// whereOf returns where it is: its file, with the line that is meant, and what it belongs to.
function whereParts(app, { kind, id, type }) {
  const { page, names } = app;
  const { functions } = page;
  if (kind === "finding") return [page.findings[id].share].filter(Boolean);
  const f = functionOfSubject(page, { kind, id });
  if (f < 0) return [];
  const line = kind === "node" ? page.nodes.line[id] : kind === "place" ? page.places.line[id] : 0;
  const file = functions.file[f] >= 0 ? page.files[functions.file[f]] : "";
  const module = names.moduleOf(f);
  return [
    file ? quotedName(line ? `${names.base(file)}:${line}` : names.base(file), { title: line ? `${file}:${line}` : file }) : null,
    functions.crate[f] ? quotedName(functions.crate[f]) : null,
    module && (!file || module !== functions.crate[f]) ? quotedName(`in ${module}`, { title: page.modules[functions.module[f]] }) : null,
    kind === "place" && type >= 0 ? quotedName(`of ${names.type(type)}`, { title: page.types.full[type] || names.type(type) }) : null,
  ].filter(Boolean);
}

function selectionHeading(app, selection) {
  const title = titleOf(app, selection);
  const name = element("h2", { tabindex: "-1", class: selection.kind === "finding" ? "" : "mono" }, element("bdi", {}, title));
  const copy = copyButton("Copy name", "Copy the name", name);
  return element("header", {},
    element("div", { class: "kind" }, element("span", { class: "label" }, kindWords[selection.kind]),
      element("span", {}, selection.kind === "finding" ? null : copy, " ",
        element("button", { type: "button", class: "control", title: "Select nothing (Esc)", "aria-label": "Select nothing", onclick: () => app.state.set({ selection: null }) }, "✕"))),
    name, element("p", { class: "where quiet" }, whereParts(app, selection).flatMap((part, i) => (i ? [" · ", part] : [part]))));
}

function summaryHeading(app, values) {
  const title = values.filter ? "All that matches" : values.range ? "All of the range" : "All of it";
  return element("header", {}, element("div", { class: "kind" }, element("span", { class: "label" }, "Nothing is selected")), element("h2", { tabindex: "-1" }, title));
}

// coursePart shows what was live of it over the run.
function coursePart(app, values, subject) {
  if (!subject) return null;
  const course = courseOf(app, values, subject);
  if (!course) return null;
  const most = course.reduce((a, b) => Math.max(a, b), 0);
  if (!most) return null;
  const words = `Live over the run, at most ${app.amounts.size(most)} at the moments that are known`;
  return element("section", { class: "part" }, element("h3", {}, words), sparkline(timesOf(app), course, 320, 36, words));
}

// foundHere names findings that are about the same site.
function foundHere(app, values, subject) {
  if (subject?.kind !== "place") return null;
  const at = app.page.places.function[subject.id];
  const here = (app.page.findings ?? []).map((f, i) => ({ f, i })).filter(({ f, i }) =>
    f.place >= 0 && app.page.places.function[f.place] === at && !(values.selection.kind === "finding" && values.selection.id === i));
  if (!here.length) return null;
  return element("section", { class: "part" }, element("h3", {}, values.selection.kind === "finding" ? "Also found here" : "Found here"), element("ul", { class: "points" }, here.map(({ f, i }) =>
    element("li", {}, element("button", { type: "button", class: "link", onclick: () => app.state.set({ selection: { kind: "finding", id: i }, metric: f.metric || app.page.default }) }, f.headline)))));
}
