// The pointer on the flame graph: what is under it, clicks, and with two fingers, or the wheel and Ctrl, a closer look.

const clickSlop = 4; // pixels within which a press is a click

// followPointer follows it on an element. view has at(x, y) → item, hover(item, x, y), press(item), part() and setPart(from, to) of
// what is looked at, focus().
export function followPointer(scroll, view) {
  const down = new Map(); // pointers that are pressed: where they are
  let begin = null; // of a press: where, and of what part
  let moved = false;

  const position = event => {
    const r = scroll.getBoundingClientRect();
    return [event.clientX - r.left, event.clientY - r.top];
  };

  // closer shows a part that is so many times as large, with what is at x staying there.
  function closer(times, x, [from, to] = view.part()) {
    const at = from + (to - from) * x / scroll.clientWidth;
    view.setPart(at - (at - from) * times, at + (to - at) * times);
  }

  scroll.addEventListener("wheel", event => {
    const [x] = position(event);
    const [from, to] = view.part();
    if (event.ctrlKey) closer(Math.exp(Math.max(-50, Math.min(50, event.deltaY)) / 100), x);
    else if (event.deltaX && to - from < 1) {
      const by = event.deltaX / scroll.clientWidth * (to - from);
      view.setPart(from + by, to + by);
    } else return;
    event.preventDefault();
  }, { passive: false });

  scroll.addEventListener("pointerdown", event => {
    if (event.button !== 0) return;
    down.set(event.pointerId, position(event));
    begin = { points: [...down.values()], part: view.part() };
    moved = down.size > 1;
  });

  scroll.addEventListener("pointermove", event => {
    const [x, y] = position(event);
    if (!down.has(event.pointerId)) {
      if (event.pointerType !== "touch") view.hover(view.at(x, y), x, y);
      return;
    }
    down.set(event.pointerId, [x, y]);
    if (down.size === 2) pinch();
    else drag(x, y);
  });

  function pinch() {
    const [a, b] = [...down.values()];
    const [c, d] = begin.points;
    const middle = (a[0] + b[0]) / 2;
    const times = Math.abs(c[0] - d[0]) / Math.max(Math.abs(a[0] - b[0]), 1);
    closer(times, middle, begin.part);
  }

  function drag(x, y) {
    const [beginX, beginY] = begin.points[0];
    if (Math.abs(x - beginX) > clickSlop || Math.abs(y - beginY) > clickSlop) moved = true;
    const [from, to] = begin.part;
    if (!moved || to - from >= 1) return;
    const by = (beginX - x) / scroll.clientWidth * (to - from);
    view.setPart(from + by, to + by);
    view.hover(null);
  }

  function up(event) {
    const pressed = down.delete(event.pointerId);
    if (!pressed || down.size || moved || event.type !== "pointerup") return;
    const [x, y] = position(event);
    view.focus();
    view.press(view.at(x, y));
  }
  scroll.addEventListener("pointerup", up);
  scroll.addEventListener("pointercancel", up);
  scroll.addEventListener("pointerleave", event => {
    down.delete(event.pointerId);
    view.hover(null);
  });
}
