// The keyboard. What a part has handled itself it does not let through.

import { nextTheme } from "./header.js";

export function createKeys(app, { views, toolbar, help, details }) {
  const { state } = app;

  // undo takes back one choice, the narrowest first; false where none is left.
  function undo() {
    const { initial } = state;
    const values = state.get();
    for (const name of ["selection", "brush", "zoom", "filter", "range"]) {
      if (JSON.stringify(values[name]) !== JSON.stringify(initial[name])) {
        state.set({ [name]: initial[name] });
        return true;
      }
    }
    return false;
  }

  const commands = {
    m: () => toolbar.openMetrics(),
    "/": () => toolbar.focusFilter(),
    d: () => state.set({ theme: nextTheme(state.get().theme) }, { step: false }),
    "?": () => help.open(),
    c: () => details.copyCommand(),
  };

  document.addEventListener("keydown", event => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || help.isOpen()) return;
    if (event.target.matches?.("input, select, textarea")) return;
    if (handle(event)) event.preventDefault();
  });

  function handle(event) {
    const view = views[Number(event.key) - 1];
    if (view && /^[1-9]$/.test(event.key)) {
      state.set({ view: view.name });
      return true;
    }
    // Enter and the space bar press what has the focus.
    if ((event.key === "Enter" || event.key === " ") && event.target.closest?.("button, a, summary")) return false;
    if (app.view()?.key?.(event)) return true;
    if (event.key === "Escape") return undo();
    if (event.key === "f") {
      state.set({ fold: !state.get().fold });
      return true;
    }
    if (!Object.hasOwn(commands, event.key)) return false;
    commands[event.key]();
    return true;
  }
}
