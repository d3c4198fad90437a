// What tests in the browser stand on: see README.md.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";

const require = createRequire(process.env.HEAPPROF_PACKAGES + "/");
const { chromium } = require("playwright-core");

export { assert };

const tests = [];

// test declares a test. Options:
//   page           name of the page that is opened for it, as browser_test.go writes it; without one nothing is opened: for
//                  tests of functions that need no browser
//   fragment       of the page's address, without "#"
//   viewport       [width, height]; 1280×800
//   colorScheme, reducedMotion, forcedColors, media    what the browser prefers; "media": "print"
// The body gets a Session. Whatever it does, no error may be on the console, and nothing may be asked for.
export function test(name, options, body) {
  tests.push({ name, options, body });
}

// Session is one test's own window, with a page in it.
class Session {
  constructor(context, dir, pages) {
    Object.assign(this, { context, dir, pages });
    this.said = []; // on the console: warnings and errors
    this.asked = []; // addresses that the browser was told to get
    this.allowed = []; // what may be said
    context.on("request", (request) => this.asked.push(request.url()));
  }

  // open opens a page of browser_test.go's, and waits until it is drawn.
  async open(name, fragment = "") {
    const file = this.pages[name]?.file;
    assert(file, `browser_test.go writes no page ${name}`);
    this.facts = this.pages[name];
    this.page = await this.context.newPage();
    this.page.setDefaultTimeout(20_000);
    this.page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) this.said.push(message.text());
    });
    this.page.on("pageerror", (error) => this.said.push(String(error.stack ?? error)));
    this.address = pathToFileURL(path.join(this.dir, file)).href;
    await this.page.goto(this.address + (fragment ? "#" + fragment : ""));
    await this.ready();
  }

  // ready waits until the page has read its data and drawn itself, or says why it cannot.
  async ready() {
    await this.page.waitForFunction(() => window.heapprof || document.querySelector(".failure"));
    const failure = this.page.locator(".failure");
    if (await failure.count()) assert.fail("the page says: " + await failure.textContent());
  }

  // mayWarn says that a test means to have the browser complain, in words that match.
  mayWarn(pattern) {
    this.allowed.push(pattern);
  }

  complaints() {
    const said = this.said.filter((text) => !this.allowed.some((pattern) => pattern.test(text)));
    const asked = this.asked.filter((url) => url.split("#")[0] !== this.address && !url.startsWith("data:") && !url.startsWith("blob:"));
    return [...said.map((text) => "on the console: " + text), ...asked.map((url) => "asked for " + url)];
  }
}

async function runOne(browser, dir, pages, { options, body }) {
  if (!options.page) {
    await body({});
    return;
  }
  const context = await browser.newContext({
    viewport: { width: options.viewport?.[0] ?? 1280, height: options.viewport?.[1] ?? 800 },
    colorScheme: options.colorScheme ?? "light",
    reducedMotion: options.reducedMotion,
    forcedColors: options.forcedColors,
    offline: true,
  });
  try {
    const session = new Session(context, dir, pages);
    await session.open(options.page, options.fragment);
    if (options.media) await session.page.emulateMedia({ media: options.media });
    await body(session);
    assert.deepEqual(session.complaints(), []);
  } finally {
    await context.close();
  }
}

// runTests runs the declared tests whose names match only, all in one browser, and calls report with the
// result of each.
export async function runTests({ executablePath, dir, only, report }) {
  const pages = JSON.parse(readFileSync(path.join(dir, "pages.json"), "utf8"));
  const browser = await chromium.launch({ executablePath, args: ["--disable-gpu"] });
  try {
    for (const one of tests) {
      if (only && !new RegExp(only).test(one.name)) continue;
      let error = "";
      const begin = performance.now();
      try {
        await runOne(browser, dir, pages, one);
      } catch (caught) {
        error = String(caught?.stack ?? caught);
      }
      report({ name: one.name, error, milliseconds: Math.round(performance.now() - begin) });
    }
  } finally {
    await browser.close();
  }
}
