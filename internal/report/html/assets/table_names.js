// Long names in little room: what stands in brackets gives way first, from the inside, so that the function stays.

// What has the letters of brackets and is none.
const operators = /operator(?:<=>|<<=?|>>=?|<=?|>=?|->\*?|\(\))|->/g;
const standIn = "\uE000";

// shortened returns a name in so many letters. What of it is left out is an ellipsis.
export function shortened(name, most) {
  if (name.length <= most) return name;
  const masked = name.replace(operators, found => standIn.repeat(found.length));
  let kept = [...name];
  for (const [from, to] of bracketsOf(masked)) {
    if (lengthOf(kept) <= most) break;
    kept[from + 1] = "…";
    kept.fill("", from + 2, to);
  }
  kept = [...kept.join("")];
  if (kept.length <= most) return kept.join("");
  const head = Math.max(1, Math.floor((most - 1) * 0.4));
  const tail = Math.max(1, most - 1 - head);
  return kept.slice(0, head).join("") + "…" + kept.slice(-tail).join("");
}

function lengthOf(letters) {
  return letters.reduce((sum, letter) => sum + letter.length, 0);
}

// bracketsOf returns where the brackets of a name open and close that have more than a letter between them: the deepest
// first, of those the longest.
function bracketsOf(name) {
  const pairs = [];
  const open = [];
  const closing = { "<": ">", "(": ")", "[": "]" };
  for (let i = 0; i < name.length; i++) {
    if (closing[name[i]]) open.push(i);
    else if (open.length && name[i] === closing[name[open[open.length - 1]]]) {
      const from = open.pop();
      if (i - from > 2) pairs.push({ from, to: i, depth: open.length });
    }
  }
  pairs.sort((a, b) => b.depth - a.depth || (b.to - b.from) - (a.to - a.from));
  return pairs.map(p => [p.from, p.to]);
}
