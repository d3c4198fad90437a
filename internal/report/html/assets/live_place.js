// What somebody looks at stays where it is while what is around it is made anew.

// wayTo returns which child an element is of its parent, and that of its own, from the body down.
function wayTo(element) {
  const way = [];
  for (let e = element; e?.parentElement && e !== document.body; e = e.parentElement) way.unshift([...e.parentElement.children].indexOf(e));
  return way;
}

const atWay = way => way.reduce((e, i) => e?.children[i], document.body);

// keepingPlace does something to the page, after which the focus is on the same control, and all is scrolled as it was.
export function keepingPlace(change) {
  const scrolled = [];
  for (const e of document.querySelectorAll("#bench, #bench *")) if (e.scrollTop || e.scrollLeft) scrolled.push({ e, way: wayTo(e), top: e.scrollTop, left: e.scrollLeft });
  const { activeElement } = document;
  const focused = wayTo(activeElement);
  const label = activeElement?.getAttribute("aria-label") ?? activeElement?.textContent;
  const [x, y] = [scrollX, scrollY];
  change();
  for (const { e, way, top, left } of scrolled) {
    const now = e.isConnected ? e : atWay(way);
    if (now) [now.scrollTop, now.scrollLeft] = [top, left];
  }
  if (activeElement && activeElement !== document.body && document.activeElement !== activeElement) {
    const now = activeElement.isConnected ? activeElement : atWay(focused);
    // A row's place may be another's by now.
    if (now?.tagName === activeElement.tagName && (now === activeElement || (now.getAttribute("aria-label") ?? now.textContent) === label)) now.focus({ preventScroll: true });
  }
  scrollTo(x, y);
}
