// The rows of the owners: who held how much, what was shared, and what was lost. They add up to all that lived.

// Owners that retain less than this part of what lived are behind "more" at first.
const worthOwner = 0.005;

// ownerRows returns the rows of a snapshot, those that retain most first: {key, kind, name, words, retained, reaches, things, role,
// selection}. role is held, shared, lost or rest. opened is a Map from keys to what the user has said; limit is how many owners
// are shown, 0: as many as are worth it.
export function ownerRows(app, held, opened, limit) {
  const whole = held.live[0];
  const owners = held.owners.map((owner, i) => ownerRow(owner, i));
  const worth = limit || Math.max(8, owners.filter(row => row.retained[0] >= worthOwner * whole).length);
  const shown = owners.length <= worth + 1 ? owners : owners.slice(0, worth);
  const hidden = owners.slice(shown.length);
  const rows = [...shown];
  if (hidden.length) rows.push({ key: "more", kind: "more", role: "rest", name: `… ${hidden.length} more owners`, words: "", retained: sumOfPairs(hidden.map(row => row.retained)) });
  const told = sumOfPairs([...owners.map(row => row.retained), held.shared, held.unreached]);
  const rest = [held.live[0] - told[0], held.live[1] - told[1]];
  if (rest[0] > 0 || rest[1] > 0) rows.push({ key: "rest", kind: "row", role: "rest", name: held.leaksOnly ? "held: by whom was not told apart" : "… other owners", words: "", retained: rest });
  if (held.shared[1] > 0) rows.push({ key: "shared", kind: "row", role: "shared", name: "shared by several owners", words: "", retained: held.shared, things: held.sharedTop });
  if (held.unreached[1] > 0) rows.push({ key: "lost", kind: "row", role: "lost", name: "lost: nothing leads to it", words: "", retained: held.unreached, things: held.lost });
  const parts = [...rows];
  const total = { key: "total", kind: "total", role: "total", name: "live", words: "", retained: held.live };
  for (const row of rows) if (row.things?.length) row.opened = opened.get(row.key) ?? (row.role === "held" && row.retained[0] >= 0.1 * whole);
  return { rows: [...rows.flatMap(row => (row.opened ? [row, ...row.things.map((thing, i) => thingRow(app, row, thing, i))] : [row])), total], parts, worth };
}

function ownerRow(owner, i) {
  return {
    key: `owner ${i}`, kind: "row", role: owner.kind ? "held" : "rest", name: owner.name, words: owner.words, retained: owner.retained, reaches: owner.reaches, things: owner.top,
    owner, title: [owner.name, owner.type, owner.file && `${owner.file}${owner.line ? `:${owner.line}` : ""}`].filter(Boolean).join("\n"), selection: { kind: "owner", id: i },
  };
}

function thingRow(app, parent, thing, i) {
  const { amounts, names, page } = app;
  const type = thing.type ? page.types.name.indexOf(thing.type) : -1;
  const [what, where] = thingWords(app, thing.place, thing.type);
  return {
    key: `${parent.key} ${i}`, kind: "part", role: parent.role, parent, depth: thing.depth, count: thing.self[1] === 1 ? "" : `${amounts.count(thing.self[1])} × `, name: what, words: where, retained: thing.retained, self: thing.self,
    title: [thing.type, thing.place < 0 ? "" : names.place(thing.place), names.where(thing.place)].filter(Boolean).join("\n"),
    selection: thing.place < 0 ? (type < 0 ? null : { kind: "type", id: type }) : { kind: "place", id: thing.place, type },
  };
}

// thingWords returns what blocks of a place and a type are called, and where: the type says most.
export function thingWords({ names, page }, place, type) {
  if (place < 0) return [type || "(other sites)", ""];
  const short = page.places.label[place] || names.short(page.places.function[place]);
  return type ? [type, `${short} ${names.where(place)}`] : [names.place(place), names.where(place)];
}

// sumOfPairs adds up amounts of bytes and blocks.
export function sumOfPairs(pairs) {
  return pairs.reduce((sum, pair) => [sum[0] + pair[0], sum[1] + pair[1]], [0, 0]);
}

// treeOf returns the things of an owner as a tree: {row, children}.
export function treeOf(things) {
  const roots = [];
  const path = [];
  things.forEach((thing, i) => {
    const node = { thing, index: i, children: [] };
    path.length = thing.depth;
    (thing.depth ? path[thing.depth - 1]?.children ?? roots : roots).push(node);
    path[thing.depth] = node;
  });
  return roots;
}
