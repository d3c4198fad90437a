// Choosing a range on the timeline: by mouse, by touch, and with the keyboard. A range begins and ends at moments, of
// which the profile knows what lived: -1 is the start, the number of moments the end.

import { element } from "./dom.js";

// momentNear returns the moment that is nearest to a time.
export function momentNear(times, endTime, time) {
  let best = -1;
  let distance = time; // from the start
  times.forEach((t, i) => {
    if (Math.abs(t - time) <= distance) [best, distance] = [i, Math.abs(t - time)];
  });
  return Math.abs(endTime - time) <= distance ? times.length : best;
}

// rangeOf returns the range between two moments, in any order; null for the whole run.
export function rangeOf(a, b, moments) {
  let [from, to] = a <= b ? [a, b] : [b, a];
  if (from === to) {
    if (to < moments) to++;
    else from--;
  }
  return from < 0 && to >= moments ? null : [from, to];
}

// addDragging has a range chosen by dragging over an area, or one of its ends moved; a click chooses what lived at a moment.
// momentAt tells the moment of an event, and endBeside(element) the end that stays where the other one is taken.
export function addDragging(area, { times, momentAt, endBeside, choose }) {
  const least = 5; // pixels: less is a click
  let start = null;
  let moved = false;
  let waiting = 0;
  let first = true;

  function follow(event) {
    const range = rangeOf(start.moment, momentAt(event), times.length);
    cancelAnimationFrame(waiting);
    waiting = requestAnimationFrame(() => {
      choose(range, { step: first });
      first = false;
    });
  }

  area.addEventListener("pointerdown", event => {
    if (event.button !== 0 || event.target.closest("button")) return;
    area.setPointerCapture(event.pointerId);
    start = { x: event.clientX, moment: endBeside(event.target) ?? momentAt(event) };
    [moved, first] = [false, true];
  });
  area.addEventListener("pointermove", event => {
    if (!start) return;
    moved ||= Math.abs(event.clientX - start.x) >= least;
    if (moved) follow(event);
  });
  area.addEventListener("pointerup", event => {
    if (!start) return;
    if (!moved && endBeside(event.target) === null) {
      const at = momentAt(event);
      choose(at < 0 ? null : rangeOf(-1, at, times.length), { step: true });
    }
    event.preventDefault();
    start = null;
  });
  area.addEventListener("pointercancel", () => { start = null; }); // the page scrolls instead
}

// createHandle returns one end of the range, to be moved with the keyboard: side is 0 or 1.
export function createHandle(side, { get, words, times, choose }) {
  const move = {
    ArrowLeft: at => at - 1, ArrowRight: at => at + 1, ArrowDown: at => at - 1, ArrowUp: at => at + 1,
    PageDown: at => at - 10, PageUp: at => at + 10, Home: () => -1, End: () => times.length,
  };
  const ends = () => [...(get() ?? [-1, times.length])];
  const handle = element("div", {
    class: "handle", role: "slider", tabindex: "0", "aria-label": side ? "End of the range" : "Start of the range", "aria-orientation": "horizontal",
    onkeydown: event => {
      const to = move[event.key];
      if (!to || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      event.stopPropagation();
      const range = ends();
      const [least, most] = side ? [range[0] + 1, times.length] : [-1, range[1] - 1];
      range[side] = Math.min(most, Math.max(least, to(range[side])));
      choose(rangeOf(range[0], range[1], times.length), { step: false });
    },
  });
  return {
    handle,
    other: () => ends()[1 - side],
    place(x, at) {
      handle.style.left = `${x}px`;
      handle.setAttribute("aria-valuemin", "-1");
      handle.setAttribute("aria-valuemax", String(times.length));
      handle.setAttribute("aria-valuenow", String(at));
      handle.setAttribute("aria-valuetext", words(at));
    },
  };
}
