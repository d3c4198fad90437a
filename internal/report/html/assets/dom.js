// Making elements. Text is always set as text: what a profile calls its functions never becomes markup.

// element makes an element with properties ("class", "title", "onclick", "aria-label", …) and children: elements, strings, or null.
export function element(tag, properties, ...children) {
  const e = document.createElement(tag);
  for (const [name, value] of Object.entries(properties ?? {})) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "class") e.className = value;
    else if (name.startsWith("on")) e.addEventListener(name.slice(2), value);
    else if (name in e && !name.startsWith("aria-") && name !== "role" && name !== "list") e[name] = value;
    else e.setAttribute(name, value === true ? "" : value);
  }
  e.append(...children.flat().filter(c => c !== null && c !== undefined && c !== false));
  return e;
}

// replace sets the children of an element.
export function replace(parent, ...children) {
  parent.replaceChildren(...children.flat().filter(c => c !== null && c !== undefined && c !== false));
}
