// The keyboard.

export function createKeys(app, views) {
  document.addEventListener("keydown", event => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches?.("input, select, textarea")) return;
    if (/^[1-5]$/.test(event.key)) app.state.set({ view: views[event.key - 1].name });
    else if (!app.view()?.key?.(event)) return;
    event.preventDefault();
  });
}
