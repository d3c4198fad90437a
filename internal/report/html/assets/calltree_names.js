// What the boxes of a tree of calls are called, and what is said of them.

import { thousands } from "./amounts.js";
import { nodeMoreLines } from "./calltree_fold.js";

// innerPath leaves out the outer directories of a long path: those of a crate's sources say nothing.
function innerPath(path) {
  const parts = path.split("/");
  return parts.length > 6 ? "…/" + parts.slice(-4).join("/") : path;
}

// createBoxNames returns the functions that name boxes: see buildTree.
export function createBoxNames(app) {
  const { page, names, amounts, model } = app;
  const { functions, nodes, places } = page;
  // What a language's run-time library does is not called by the functions that it is made of.
  const labels = new Map();
  places.label.forEach((label, p) => {
    if (label) labels.set(places.function[p], label);
  });

  function frames(box) {
    const of = [...box.run.libraries, ...(box.run.recursion ? ["recursion"] : [])];
    const most = box.least < box.most ? `${thousands(box.least)}–${thousands(box.most)}` : thousands(box.most);
    return `… ${most} frames ${of.join(", ")}`.trim();
  }

  const ofFunction = (f, func = names.func) => labels.get(f) ?? func(f);

  function name(box, func = names.func) {
    switch (box.kind) {
      case "function": return ofFunction(box.function, func);
      case "run": return frames(box);
      case "type": return `[${names.type(box.type)}]`;
      case "rest": return "… smaller stacks";
      case "elsewhere": return "(other places)";
      default: return "all";
    }
  }

  // where is the line that most of a box was allocated through, or at least the file; an … stands for other lines.
  function where(box) {
    const file = box.kind === "function" ? functions.file[box.function] : -1;
    if (file < 0) return "";
    const line = box.node > 0 ? nodes.line[box.node] : 0;
    const base = names.base(page.files[file]);
    return line ? `${base}:${line}${hasMoreLines(box) ? ", …" : ""}` : base;
  }

  // wherefrom is the path and the line, and the module.
  function wherefrom(box) {
    if (box.kind !== "function") return "";
    const file = functions.file[box.function];
    const line = box.node > 0 && nodes.line[box.node] ? `:${nodes.line[box.node]}` : "";
    const of = functions.crate[box.function] || names.moduleOf(box.function);
    return [file >= 0 ? innerPath(page.files[file]) + line + (hasMoreLines(box) ? " and other lines" : "") : "", of].filter(Boolean).join(", ");
  }

  const hasMoreLines = box => box.kind === "function" && box.node > 0 && (nodes.flags[box.node] & nodeMoreLines) !== 0;

  // remark says what a box is that is no function; "" of one.
  function remark(box) {
    switch (box.kind) {
      case "run": return "frames that only lead on, as one box (f shows them)";
      case "type": return "what the blocks are of";
      case "rest": return "stacks too small to be in this page, as one box: their frames are left out, their amounts are not";
      case "elsewhere": return "allocation sites too small to be in this page by themselves";
      default: return "";
    }
  }

  // amount writes what a box has, of a diff with how it changed.
  function amount(metric, { after, before }) {
    if (!model.isDiff) return amounts.of(metric, after);
    if (after === before) return `${amounts.of(metric, after)}, as before`;
    return `${amounts.signed(metric, after - before)} (${amounts.of(metric, before)} → ${amounts.of(metric, after)})`;
  }

  return { name, ofFunction, short: box => name(box, names.short), where, wherefrom, remark, amount };
}
