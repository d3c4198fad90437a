// Making elements. Text is always set as text: what a profile calls its functions never becomes markup.

const isThere = child => child !== null && child !== undefined && child !== false;

// setAll sets properties of an element: "class", "title", "onclick", "aria-label" and so on.
function setAll(e, properties) {
  for (const [name, value] of Object.entries(properties ?? {})) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "class") e.setAttribute("class", value);
    else if (name.startsWith("on")) e.addEventListener(name.slice(2), value);
    else if (name in e && !name.startsWith("aria-") && name !== "role" && name !== "list" && !(e instanceof SVGElement)) e[name] = value;
    else e.setAttribute(name, value === true ? "" : value);
  }
}

// element makes an element with properties and children: elements, strings, null, or lists of such.
export function element(tag, properties, ...children) {
  const e = document.createElement(tag);
  setAll(e, properties);
  e.append(...children.flat(Infinity).filter(isThere));
  return e;
}

// drawing makes an element of SVG.
export function drawing(tag, properties, ...children) {
  const e = document.createElementNS("http://www.w3.org/2000/svg", tag);
  setAll(e, properties);
  e.append(...children.flat(Infinity).filter(isThere));
  return e;
}

// replace sets the children of an element.
export function replace(parent, ...children) {
  parent.replaceChildren(...children.flat(Infinity).filter(isThere));
}

// quotedName makes an element for a name of the profile: on one line, with all of it in its title, and so that letters that are
// written from right to left stay within it.
export function quotedName(text, properties) {
  return element("bdi", { ...properties, class: `name ${properties?.class ?? ""}`.trim(), title: properties?.title ?? text }, text);
}

// say has a screen reader say something.
export function say(text) {
  document.getElementById("says").textContent = text;
}

// copyText puts the text of an element into the clipboard, and reports whether it is there. Where a browser does not allow that, the text
// is selected, to be copied by hand.
async function copyText(from) {
  try {
    await navigator.clipboard.writeText(from.textContent);
    return true;
  } catch {
    getSelection().selectAllChildren(from);
    return false;
  }
}

// copyButton copies the text of an element, and says for a moment that it did.
export function copyButton(words, title, from) {
  const button = element("button", { type: "button", class: "control copy", title, onclick: async () => {
    const copied = await copyText(from);
    replace(button, copied ? "Copied" : "Selected");
    say(copied ? "Copied" : "Selected, to be copied");
    setTimeout(() => replace(button, words), 1200);
  } }, words);
  return button;
}
