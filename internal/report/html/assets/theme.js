// What surrounds the page: colours by the system's preference, paper, and the room that there is.

const prefersDark = matchMedia("(prefers-color-scheme: dark)");
const onPaper = matchMedia("print");

// applyTheme sets the colours that a theme stands for. What is printed is light: paper is.
export function applyTheme(theme) {
  const dark = theme === "dark" || (theme === "auto" && prefersDark.matches);
  document.documentElement.dataset.theme = dark && !onPaper.matches ? "dark" : "light";
}

// followSurroundings has the page drawn anew where the system's colours change and for paper, since what is on a canvas has
// the colours of when it was drawn; and has a view told where its room changes.
export function followSurroundings(app, resize, root) {
  prefersDark.addEventListener("change", () => app.redraw());
  onPaper.addEventListener("change", () => app.redraw());
  let [width, height] = [root.clientWidth, root.clientHeight];
  new ResizeObserver(() => {
    if (root.clientWidth === width && root.clientHeight === height) return;
    [width, height] = [root.clientWidth, root.clientHeight];
    resize();
  }).observe(root);
}
