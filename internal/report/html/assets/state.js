// What the user has chosen: one store for all parts of the page, kept in the URL's fragment so that a link, a reload
// and the back button bring it again.

// The defaults are not written into the fragment. metric's is the page's.
const defaults = {
  view: "flame", // flame, table, tree, histograms, owners
  metric: "",
  range: null, // [from, to]: indices of moments, -1 is the start and the number of moments the end; null: the whole run
  filter: "", // a regular expression: only stacks with a function, file, module or type that matches
  selection: null, // {kind, id, type}: kind is node, function, place, type, owner, finding; null: nothing
  zoom: 0, // the node that fills the flame graph; 0: all do
  site: 0, // of the inverted flame graph: the site's node of which zoom is a caller; else zoom again, where a function and no run fills it
  fold: true, // plumbing and what is only passed is folded
  chains: false, // frames with one callee are one box
  inverted: false, // of the flame graph: sites first, then their callers
  whole: null, // of the tree: all calls, and not those around what is selected; null: if nothing is selected
  color: "module", // module, own, change
  preset: "", // of the table
  group: "", // of the table
  brush: null, // [least size, most size, least lifetime, most lifetime]: only stacks whose blocks are so on average
  snapshot: 0, // of the owners
  theme: "auto", // auto, light, dark
};

const kinds = ["node", "function", "place", "type", "owner", "finding"];

const readBoolean = text => (text === "" ? null : text === "true");

// How what is not a text, a number or a truth value stands in the fragment. read returns null for what is none.
export const codecs = {
  range: { write: numbers => numbers.join("_"), read: text => readNumbers(text, 2) },
  brush: { write: numbers => numbers.join("_"), read: text => readNumbers(text, 4) },
  whole: { write: String, read: readBoolean },
  selection: { write: s => [s.kind, s.id, ...(s.type === undefined ? [] : [s.type])].join("."), read: readSelection },
};

function readNumbers(text, count) {
  const numbers = text.split("_").map(t => (t === "" ? NaN : Number(t)));
  return numbers.length === count && !numbers.some(Number.isNaN) ? numbers : null;
}

function readSelection(text) {
  const [kind, id, type] = text.split(".");
  const isIndex = t => /^-?\d+$/.test(t);
  if (!kinds.includes(kind) || !isIndex(id) || (type !== undefined && !isIndex(type))) return null;
  return type === undefined ? { kind, id: Number(id) } : { kind, id: Number(id), type: Number(type) };
}

// fragmentOf writes what is not as usual.
export function fragmentOf(values, initial) {
  const parts = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    if (JSON.stringify(value) === JSON.stringify(initial[name])) continue;
    parts.set(name, codecs[name] && value ? codecs[name].write(value) : String(value ?? ""));
  }
  return parts.toString();
}

// valuesOf reads what fragmentOf has written, and whatever else stands behind a #.
export function valuesOf(fragment, initial) {
  const values = { ...initial };
  for (const [name, text] of new URLSearchParams(fragment)) {
    if (!Object.hasOwn(initial, name)) continue;
    const usual = initial[name];
    if (codecs[name]) values[name] = codecs[name].read(text);
    else if (typeof usual === "number") values[name] = Number(text) || 0;
    else if (typeof usual === "boolean") values[name] = text === "true";
    else values[name] = text;
  }
  return values;
}

// createState returns the store. check(values) returns them without what the page does not have.
export function createState(own, check) {
  const initial = { ...defaults, ...own };
  let values = check(valuesOf(location.hash.slice(1), initial));
  const listeners = [];
  let pending = false;

  // All changes of one turn of the event loop are told together.
  function tell() {
    if (pending) return;
    pending = true;
    queueMicrotask(() => {
      pending = false;
      for (const listener of listeners) listener(values);
    });
  }

  function set(changes, { step = true } = {}) {
    const before = fragmentOf(values, initial);
    values = check({ ...values, ...changes });
    const after = fragmentOf(values, initial);
    if (after === before) return;
    remember("#" + after, step);
    tell();
  }

  // A browser may refuse, as Safari does after 100 steps in half a minute, and where a page is shown within another: then the
  // choice is in no link, and holds nevertheless.
  function remember(url, step) {
    try {
      if (step) history.pushState(null, "", url);
      else history.replaceState(null, "", url);
    } catch (error) {
      if (error.name !== "SecurityError") throw error;
    }
  }

  window.addEventListener("popstate", () => {
    values = check(valuesOf(location.hash.slice(1), initial));
    tell();
  });

  return {
    get: () => values,
    set, // (changes, {step: false}) for what the back button is not to undo
    reset: names => set(Object.fromEntries(names.map(n => [n, initial[n]]))),
    initial,
    subscribe: listener => listeners.push(listener),
  };
}
