// node browser.mjs CHROMIUM FILE...: opens pages of heapprof html and drawings of heapprof flame in a browser,
// and prints for each a line: how many milliseconds that took, and then the slowest zoom, until it was painted.
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const require = createRequire(process.env.HEAPPROF_PACKAGES + "/");
const { chromium } = require("playwright-core");

// What follows is put into each page before its own scripts. painted calls back when what was changed before is to be seen.
function measures() {
  const painted = (then) => requestAnimationFrame(() => setTimeout(() => then(performance.now()), 0));
  window.opened = new Promise((resolve) => {
    const isDrawing = () => document.documentElement?.localName === "svg";
    const look = () => {
      if (window.heapprof || (isDrawing() && document.readyState === "complete")) painted(resolve);
      else requestAnimationFrame(look);
    };
    look();
  });

  const time = async (change) => {
    const begin = performance.now();
    change();
    return await new Promise(painted) - begin;
  };

  // Ten of the hundred largest boxes with something in them, and back.
  const some = (all) => all.filter((_, i) => i % 10 === 5).slice(0, 10);

  window.zoomPage = async () => {
    const { model, state } = window.heapprof;
    const cut = model.cut(state.get());
    const sums = model.nodeSums(cut.list, cut.values(model.metric(state.get()).name));
    const inner = new Set(model.nodes.parent);
    const largest = [...sums.keys()].filter((n) => n > 0 && inner.has(n)).sort((a, b) => sums[b] - sums[a]).slice(0, 100);
    const times = [];
    for (const zoom of some(largest)) {
      times.push(await time(() => state.set({ zoom })));
      times.push(await time(() => state.set({ zoom: 0 })));
    }
    return times;
  };

  window.zoomDrawing = async () => {
    const click = (box) => box.dispatchEvent(new MouseEvent("click", { bubbles: true }));
    const boxes = [...document.querySelectorAll(".frames > *")];
    const width = (box) => parseFloat(box.getAttribute("width"));
    const largest = boxes.slice(1).sort((a, b) => width(b) - width(a)).slice(0, 100);
    const times = [];
    for (const box of some(largest)) {
      times.push(await time(() => click(box)));
      times.push(await time(() => click(boxes[0])));
    }
    return times;
  };
}

const [executablePath, ...files] = process.argv.slice(2);
const browser = await chromium.launch({ executablePath, args: ["--disable-gpu"] });
try {
  for (const file of files) {
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 }, reducedMotion: "reduce" });
    await page.addInitScript(measures);
    await page.goto(pathToFileURL(file).href, { waitUntil: "commit", timeout: 120_000 });
    const open = await page.evaluate(() => window.opened);
    const zoom = await page.evaluate((isDrawing) => (isDrawing ? window.zoomDrawing() : window.zoomPage()), file.endsWith(".svg"));
    if (!zoom.length) throw new Error(`${file} has nothing to zoom into`);
    console.log(open, Math.max(...zoom));
    await page.close();
  }
} finally {
  await browser.close();
}
