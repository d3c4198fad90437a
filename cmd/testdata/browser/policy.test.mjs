// The policy that is in the page itself: nothing is loaded, and nothing runs but the page's own script.
import { test, assert } from "./harness.mjs";

test("the policy allows nothing but the page's own script and style", { page: "sample" }, async ({ page }) => {
  const policy = await page.locator("meta[http-equiv=Content-Security-Policy]").getAttribute("content");
  const rules = Object.fromEntries(policy.split(";").map((rule) => rule.trim().split(/ (.*)/s)).map(([name, value]) => [name, value]));
  assert.equal(rules["default-src"], "'none'");
  for (const name of ["script-src", "style-src"]) assert.match(rules[name], /^'sha256-[A-Za-z0-9+/=]+'$/, name);
  assert.equal(rules["base-uri"], "'none'");
  assert.equal(rules["form-action"], "'none'");
  assert.deepEqual(Object.keys(rules).filter((name) => !["default-src", "script-src", "style-src", "base-uri", "form-action"].includes(name)), []);
  assert.equal(await page.evaluate(() => document.head.querySelector("meta[charset] + meta")?.httpEquiv), "Content-Security-Policy", "what stands before the policy is not under it");
});

// Each of these would set window.hostile, or fetch something, were it not for the policy.
const attacks = {
  "a script element": () => document.body.append(Object.assign(document.createElement("script"), { textContent: "window.hostile = 1" })),
  "an event attribute": () => {
    const button = document.createElement("button");
    button.setAttribute("onclick", "window.hostile = 1");
    document.body.append(button);
    button.click();
  },
  "markup": () => document.body.insertAdjacentHTML("beforeend", "<img src=x: onerror='window.hostile = 1'><svg onload='window.hostile = 1'></svg>"),
  "code in a text": () => window.eval("window.hostile = 1"),
  "a function of a text": () => new Function("window.hostile = 1")(),
  "an address of code": () => Object.assign(document.createElement("a"), { href: "javascript:window.hostile=1" }).click(),
  "a style attribute": () => document.getElementById("main").setAttribute("style", "background: red"),
  "a frame": () => document.body.append(Object.assign(document.createElement("iframe"), { srcdoc: "<script>parent.hostile = 1</script>" })),
  "a request": () => fetch("https://example.invalid/x").then(() => { window.hostile = 1; }, () => {}),
  "a picture": () => document.body.append(Object.assign(document.createElement("img"), { src: "https://example.invalid/x.png" })),
  "a style sheet": () => document.head.append(Object.assign(document.createElement("link"), { rel: "stylesheet", href: "https://example.invalid/x.css" })),
  "a form": () => {
    const form = Object.assign(document.createElement("form"), { action: "https://example.invalid/" });
    document.body.append(form);
    form.submit();
  },
};

test("what is put into the page does not run, and asks for nothing", { page: "sample", alone: true }, async (session) => {
  const { page } = session;
  session.mayWarn(/Content Security Policy|x:/);
  for (const [name, attack] of Object.entries(attacks)) {
    // In a timer, as what the test's own tool evaluates is not under the policy. Whatever was to happen happens before
    // another timer and a frame have passed.
    await page.evaluate(`setTimeout(${attack}, 0)`);
    const hostile = await page.evaluate(() => new Promise((resolve) => setTimeout(() => requestAnimationFrame(() => resolve(window.hostile)), 0)));
    assert.equal(hostile, undefined, name);
  }
  assert.notEqual(await page.evaluate(() => getComputedStyle(document.getElementById("main")).backgroundColor), "rgb(255, 0, 0)", "a style attribute");
  assert(page.url().startsWith("file:"), page.url());
});
