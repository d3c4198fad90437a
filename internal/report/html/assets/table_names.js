// Long names in little room: what stands in brackets gives way first, from the inside, so that the function stays. And amounts that
// are no estimates, where others are.

// What has the letters of brackets and is none.
const operators = /operator(?:<=>|<<=?|>>=?|<=?|>=?|->\*?|\(\))|->/g;
const standIn = "\uE000";

// shortened returns a name in so many letters. What of it is left out is an ellipsis.
export function shortened(name, most) {
  if (name.length <= most) return name;
  const masked = name.replace(operators, found => standIn.repeat(found.length));
  const kept = [...name];
  for (const [from, to] of bracketsOf(masked)) {
    if (lengthOf(kept) <= most) break;
    kept[from + 1] = "…";
    kept.fill("", from + 2, to);
  }
  return withoutScopes(kept.join(""), most);
}

// withoutScopes leaves out the scopes in the middle of a name, then the outermost, and the middle of what remains at last.
function withoutScopes(name, most) {
  if (name.length <= most) return name;
  const parts = name.split("::");
  const own = parts.pop();
  for (let outer = 1; outer >= 0; outer--) {
    for (let inner = parts.length - outer - 1; inner >= 0; inner--) {
      const shorter = [...parts.slice(0, outer), "…", ...parts.slice(parts.length - inner, parts.length), own].join("::");
      if (shorter.length <= most) return shorter;
    }
  }
  const letters = [...own];
  if (letters.length <= most) return own;
  const head = Math.max(1, Math.ceil((most - 1) / 2));
  return (letters.slice(0, head).join("") + "…" + letters.slice(-Math.max(1, most - 1 - head)).join("")).replace(/…+/g, "…");
}

function lengthOf(letters) {
  return letters.reduce((sum, letter) => sum + letter.length, 0);
}

// bracketsOf returns where the brackets of a name open and close that have more than a letter between them, and do not hold all
// of it: the deepest first, of those the longest.
function bracketsOf(name) {
  const pairs = [];
  const open = [];
  const closing = { "<": ">", "(": ")", "[": "]" };
  for (let i = 0; i < name.length; i++) {
    if (closing[name[i]]) open.push(i);
    else if (open.length && name[i] === closing[name[open[open.length - 1]]]) {
      const from = open.pop();
      if (i - from > 2 && from > 0) pairs.push({ from, to: i, depth: open.length });
    }
  }
  pairs.sort((a, b) => b.depth - a.depth || (b.to - b.from) - (a.to - a.from));
  return pairs.map(p => [p.from, p.to]);
}

// letterWidth returns how wide a letter of names is, on average, in pixels.
export function letterWidth(root) {
  const context = document.createElement("canvas").getContext("2d");
  const { fontSize, fontFamily } = getComputedStyle(root);
  context.font = `${fontSize} ${fontFamily}`;
  const sample = "std::vector<Item>::push_back app::parse";
  return context.measureText(sample).width / sample.length || 7;
}

// plainSize writes a number of bytes that is exact, whatever others are.
export function plainSize(amounts, bytes) {
  return amounts.size(bytes).replace(amounts.mark, "");
}

// plainCount writes a number that is exact, whatever others are.
export function plainCount(amounts, n) {
  return amounts.count(n).replace(amounts.mark, "");
}

// roundly leaves out the zeros of "1.00 KiB", as of an axis.
export function roundly(words) {
  return words.replace(/\.0+(?= )/, "");
}
