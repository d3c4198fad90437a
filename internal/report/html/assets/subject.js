// What is selected, as parts of the page need it.

// subjectOf returns what a selection is about: of a finding its place, or the node with most of it; of all else itself; null
// where that is the whole profile.
export function subjectOf(page, selection) {
  if (selection?.kind !== "finding") return selection;
  const f = page.findings[selection.id];
  if (f.place >= 0) return { kind: "place", id: f.place, type: f.type };
  return f.node > 0 ? { kind: "node", id: f.node } : null;
}

// isSelection reports whether a page has what a selection names: a link may be of another page.
export function isSelection(page, selection) {
  const { kind, id, type } = selection;
  const isIn = (index, list) => index >= 0 && index < (list?.length ?? 0);
  switch (kind) {
    case "node": return id > 0 && isIn(id, page.nodes.parent);
    case "function": return isIn(id, page.functions.name);
    case "place": return isIn(id, page.places.function) && (type === undefined || type === -1 || isIn(type, page.types.name));
    case "type": return isIn(id, page.types.name);
    case "owner": return (page.held ?? []).some(held => isIn(id, held.owners));
    case "finding": return isIn(id, page.findings);
    default: return false;
  }
}
