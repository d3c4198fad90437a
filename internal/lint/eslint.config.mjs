// What the project's JavaScript and CSS keep to. TestJavaScriptAndCSS runs eslint with it, which is in
// the packages of internal/testkit/npm: `go test ./internal/lint -run JavaScript`.
import { createRequire } from "node:module";

const require = createRequire(process.env.HEAPPROF_PACKAGES + "/");
const js = require("@eslint/js");
const { default: css } = require("@eslint/css");
const globals = require("globals");

// A page shows names that anybody may have chosen: none may become markup or code, not even where the
// Content-Security-Policy would stop it.
const markup = "names of a profile would become markup: use textContent, or createElement";
const inlineStyle = "the page's Content-Security-Policy forbids style attributes: use a class, or element.style.x = …";
const hostile = {
  "no-eval": "error",
  "no-implied-eval": "error",
  "no-new-func": "error",
  "no-script-url": "error",
  "no-restricted-properties": ["error",
    ...["innerHTML", "outerHTML", "insertAdjacentHTML", "setHTMLUnsafe", "parseHTMLUnsafe", "createContextualFragment", "srcdoc"].map((property) => ({ property, message: markup })),
    ...["write", "writeln", "execCommand"].map((property) => ({ object: "document", property, message: markup })),
    { property: "cssText", message: inlineStyle },
  ],
  "no-restricted-syntax": ["error",
    { selector: "CallExpression[callee.property.name=/^setAttribute(NS)?$/] > Literal[value=/^style$/i]", message: inlineStyle },
    { selector: "CallExpression[callee.property.name=/^setAttribute(NS)?$/] > Literal[value=/^on/i]", message: "the page's Content-Security-Policy forbids event attributes: use addEventListener" },
    { selector: "NewExpression[callee.name=/^(DOMParser|XMLHttpRequest|WebSocket|EventSource|Image)$/]", message: "the page parses no markup, and asks for nothing" },
    { selector: "ImportExpression", message: "the page is one file" },
    { selector: "ExportDefaultDeclaration", message: "modules are put together by their names: export function, const or class" },
    { selector: "ExportAllDeclaration", message: "modules are put together by their names: export function, const or class" },
    { selector: "ExportSpecifier", message: "modules are put together by their names: write export in front of the declaration" },
    { selector: "ImportDefaultSpecifier, ImportNamespaceSpecifier", message: 'write import {a, b} from "./x.js";' },
    { selector: "ImportSpecifier[imported.name!=/./]", message: 'write import {a, b} from "./x.js";' },
  ],
  "no-restricted-globals": ["error", ...["fetch", "XMLHttpRequest", "WebSocket", "EventSource", "localStorage", "sessionStorage", "event", "name", "alert", "confirm", "prompt"]],
};

const strict = {
  ...js.configs.recommended.rules,
  "array-callback-return": "error",
  "consistent-return": "error",
  "default-case-last": "error",
  "eqeqeq": "error",
  "no-constructor-return": "error",
  "no-else-return": "error",
  "no-implicit-globals": "off", // of modules there are none
  "no-loop-func": "error",
  "no-param-reassign": "off",
  "no-self-compare": "error",
  "no-shadow": "error",
  "no-template-curly-in-string": "off", // tests have such names on purpose
  "no-throw-literal": "error",
  "no-unneeded-ternary": "error",
  "no-unreachable-loop": "error",
  "no-unused-expressions": "error",
  "no-unused-vars": ["error", { args: "none", caughtErrors: "none" }],
  "no-use-before-define": ["error", { functions: false, classes: false, variables: false }],
  "no-useless-concat": "error",
  "no-useless-return": "error",
  "no-var": "error",
  "object-shorthand": "error",
  "prefer-const": "error",
  "radix": "error",
  "strict": "error",
};

const test = { ...globals.node, ...globals.browser }; // what stands in page.evaluate runs in the browser

export default [
  { linterOptions: { reportUnusedDisableDirectives: "error" } },
  {
    files: ["internal/report/html/assets/**/*.js"],
    languageOptions: { ecmaVersion: 2023, sourceType: "module", globals: globals.browser },
    rules: { ...strict, ...hostile },
  },
  { // the one module that asks the server that a page has come from: pages that are files do not have it
    files: ["internal/report/html/assets/live_ask.js"],
    rules: { "no-restricted-globals": "off" },
  },
  { // stands in a drawing, in a function that Go writes around it
    files: ["internal/report/svg/*.js"],
    languageOptions: { ecmaVersion: 2023, sourceType: "script", globals: { ...globals.browser, data: "readonly" } },
    rules: { ...strict, "strict": "off", "no-redeclare": ["error", { builtinGlobals: false }] },
  },
  {
    files: ["**/*.mjs"],
    languageOptions: { ecmaVersion: 2024, sourceType: "module", globals: test },
    rules: strict,
  },
  {
    files: ["internal/testkit/*.js"],
    languageOptions: { ecmaVersion: 2024, sourceType: "commonjs", globals: globals.node },
    rules: strict,
  },
  {
    files: ["**/*.css"],
    language: "css/css",
    plugins: { css },
    rules: {
      ...css.configs.recommended.rules,
      "css/no-important": "off", // reduced motion and print overrule what else is said
      "css/no-invalid-properties": ["error", { allowUnknownVariables: true }], // the sheets of the views use what style.css declares
      "css/use-baseline": "off", // the page says what browser it needs
    },
  },
];
