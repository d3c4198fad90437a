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
//   page           name of the page that is opened for it, as browserPages in browser_pages_test.go has it; several names
//                  or "*", for all, make a test of each; without one nothing is opened: for tests of modules that need no browser
//   fragment       of the page's address, without "#"
//   viewport       [width, height]; 1280×800
//   colorScheme, reducedMotion, forcedColors    what the browser prefers, as Playwright's page.emulateMedia has it
//   alone          the page is loaded for this test alone: it leaves more behind than the state
// The body gets a Session. Whatever it does, no error may be on the console, and nothing may be asked for.
export function test(name, options, body) {
  tests.push({ name, options, body });
}

// each returns the tests, one for each page.
function each(pages) {
  return tests.flatMap(({ name, options, body }) => {
    const on = options.page === "*" ? Object.keys(pages).sort() : options.page;
    return Array.isArray(on) ? on.map((page) => ({ name: `${name}: ${page}`, options: { ...options, page }, body })) : [{ name, options, body }];
  });
}

// Session is what one test sees of the browser.
class Session {
  constructor(page, dir, pages) {
    Object.assign(this, { page, dir, pages });
    this.said = []; // on the console: warnings and errors
    this.requests = []; // all that the browser was told to get
    this.allowed = []; // what may be said
    this.address = "about:blank";
    this.listeners = {
      request: (request) => this.requests.push(request),
      console: (message) => {
        if (["error", "warning"].includes(message.type())) this.said.push(message.text());
      },
      pageerror: (error) => this.said.push(String(error.stack ?? error)),
    };
    for (const [event, listener] of Object.entries(this.listeners)) page.on(event, listener);
  }

  // end has the session hear no more.
  end() {
    for (const [event, listener] of Object.entries(this.listeners)) this.page.off(event, listener);
  }

  // open opens a page of browserPages, and waits until it is drawn.
  async open(name, fragment = "") {
    this.facts = this.pages[name];
    assert(this.facts, `browserPages has no page ${name}`);
    this.address = pathToFileURL(path.join(this.dir, this.facts.file)).href;
    await this.page.goto(this.address + (fragment ? "#" + fragment : ""));
    await this.ready();
  }

  // ready waits until the page has read its data and drawn itself, or says why it cannot.
  async ready() {
    await this.page.waitForFunction(() => window.heapprof || document.querySelector(".failure"));
    const failure = this.page.locator(".failure");
    if (await failure.count()) assert.fail("the page says: " + await failure.textContent());
  }

  // again makes of a page what it was when it had been opened.
  async again(name) {
    this.facts = this.pages[name];
    this.address = pathToFileURL(path.join(this.dir, this.facts.file)).href;
    await this.page.evaluate(() => {
      document.activeElement?.blur();
      for (const dialog of document.querySelectorAll("dialog[open]")) dialog.close();
    });
    await this.choose({});
  }

  // choose sets values of the page's state, all others being as usual, and waits until it is drawn.
  async choose(values) {
    await this.page.evaluate(async (chosen) => {
      const { state } = window.heapprof;
      state.set({ ...state.initial, ...chosen });
      await Promise.resolve();
    }, values);
  }

  // mayWarn says that a test means to have the browser complain, in words that match.
  mayWarn(pattern) {
    this.allowed.push(pattern);
  }

  complaints() {
    const said = this.said.filter((text) => !this.allowed.some((pattern) => pattern.test(text)));
    // What the policy stops is said on the console, and asked of nobody.
    const asked = this.requests.filter((request) => request.failure()?.errorText !== "csp" && !/^(data|blob|about):/.test(request.url()) && request.url().split("#")[0] !== this.address);
    return [...said.map((text) => "on the console: " + text), ...asked.map((request) => `asked for ${request.url()} (${request.failure()?.errorText ?? "and got it"})`)];
  }
}

// newPage opens the window that tests share, one after the other: a window for each would take longer than most tests.
async function newPage(browser) {
  const context = await browser.newContext({ offline: true });
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  return page;
}

// runOne runs a test on a page that is opened for it, or that the test before has left.
async function runOne(session, { options, body }, isOpen) {
  if (!options.page) {
    await body();
    return;
  }
  const { page } = session;
  const [width, height] = options.viewport ?? [1280, 800];
  if (!isOpen) await page.goto("about:blank"); // or an address that differs only in its fragment would not be loaded
  await page.setViewportSize({ width, height });
  await page.emulateMedia({ media: null, colorScheme: options.colorScheme ?? "light", reducedMotion: options.reducedMotion ?? null, forcedColors: options.forcedColors ?? null });
  if (isOpen) await session.again(options.page);
  else await session.open(options.page, options.fragment);
  await body(session);
  assert.deepEqual(session.complaints(), []);
}

// together returns the tests so that those of one page follow one another: it is loaded once for all of them, as that takes longer
// than most tests. key is the same for these, and its own for each test that is to be alone.
function together(all) {
  const keyed = all.map((one, i) => ({ ...one, key: [one.options.page, one.options.fragment, one.options.alone ? i : ""].join(" ") }));
  const order = [...new Set(keyed.map(({ key }) => key))];
  return keyed.sort((a, b) => order.indexOf(a.key) - order.indexOf(b.key));
}

// runTests runs the declared tests whose names match only, all in one browser, and calls report with the
// result of each.
export async function runTests({ executablePath, dir, only, report }) {
  const pages = JSON.parse(readFileSync(path.join(dir, "pages.json"), "utf8"));
  const browser = await chromium.launch({ executablePath, args: ["--disable-gpu"] });
  try {
    let page = await newPage(browser);
    let opened = null;
    for (const one of together(each(pages).filter(({ name }) => !only || new RegExp(only).test(name)))) {
      const session = new Session(page, dir, pages);
      const begin = performance.now();
      let error = "";
      try {
        await runOne(session, one, one.key === opened);
        opened = one.key;
      } catch (caught) {
        error = String(caught?.stack ?? caught);
      }
      session.end();
      report({ name: one.name, error, milliseconds: Math.round(performance.now() - begin) });
      if (error) { // whatever it has left behind is not to fail the next one
        opened = null;
        await page.context().close();
        page = await newPage(browser);
      }
    }
  } finally {
    await browser.close();
  }
}
