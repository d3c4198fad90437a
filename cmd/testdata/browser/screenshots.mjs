// node screenshots.mjs CHROMIUM PAGE.html DIRECTORY: takes the pictures of the README and the pages of docs from a page, the
// same for the same page. README.md says how they are made.
import { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";

const require = createRequire(process.env.HEAPPROF_PACKAGES + "/");
const { chromium } = require("playwright-core");

const wide = { width: 1280, height: 800 };
const pictures = [
  { name: "page", viewport: wide, fragment: "" },
  { name: "table", viewport: wide, fragment: "view=table" },
  { name: "tree", viewport: wide, fragment: "view=tree" },
  { name: "histograms", viewport: wide, fragment: "view=histograms" },
  { name: "owners", viewport: wide, fragment: "view=owners", colorScheme: "dark" },
  { name: "phone", viewport: { width: 390, height: 844 }, fragment: "" },
];

const [executablePath, file, directory] = process.argv.slice(2);
const browser = await chromium.launch({ executablePath, args: ["--disable-gpu"] });
try {
  for (const { name, viewport, fragment, colorScheme = "light" } of pictures) {
    const page = await browser.newPage({ viewport, colorScheme, reducedMotion: "reduce" });
    await page.goto(`${pathToFileURL(file).href}#${fragment}`);
    await page.waitForFunction(() => window.heapprof);
    await page.screenshot({ path: path.join(directory, name + ".png") });
    await page.close();
  }
} finally {
  await browser.close();
}
