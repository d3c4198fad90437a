// Runs DHAT's own viewer without a browser, for the tests of heapprof.
//
//   node dhatview.js VIEWER PROFILE
//
// loads PROFILE into VIEWER, an installed dh_view.js, displays it under every
// sort metric that the viewer offers for it, and prints what the viewer counted
// as JSON. An error of the viewer's is printed to standard error and ends in
// exit status 1.
"use strict";

const fs = require("fs");
const vm = require("vm");

// Element is as much of a DOM node as the viewer touches.
class Element {
  constructor(tag, text) {
    this.tag = tag;
    this.className = "";
    this.childNodes = [];
    this.parentNode = null;
    this.text = text;
    this.chosen = false;
  }
  appendChild(child) {
    child.parentNode = this;
    this.childNodes.push(child);
    return child;
  }
  cloneNode() {
    const clone = new Element(this.tag);
    clone.className = this.className;
    return clone;
  }
  replaceChild(fresh, old) {
    fresh.parentNode = this;
    this.childNodes[this.childNodes.indexOf(old)] = fresh;
    return old;
  }
  get textContent() {
    return this.text === undefined ? this.childNodes.map((c) => c.textContent).join("") : this.text;
  }
  set textContent(text) {
    this.childNodes = [];
    this.appendChild(new Element("#text", String(text)));
  }
  set selected(on) {
    for (const option of this.parentNode.childNodes) {
      option.chosen = on && option === this;
    }
  }
  get selectedIndex() {
    return this.childNodes.findIndex((option) => option.chosen);
  }
}

// FileReader hands over the text at once.
class FileReader {
  readAsText(file) {
    this.onload({ target: { result: file.text } });
  }
}

const [viewer, profile] = process.argv.slice(2);
const context = vm.createContext({
  document: {
    body: new Element("body"),
    location: { search: "" },
    createElement: (tag) => new Element(tag),
    createTextNode: (text) => new Element("#text", text),
  },
  FileReader,
  URLSearchParams,
  performance,
  file: { name: profile, text: fs.readFileSync(profile, "utf8") },
  out: {},
});
vm.runInContext(fs.readFileSync(viewer, "utf8"), context, { filename: viewer });

try {
  vm.runInContext(`
    onLoad();
    gInput.files = [file];
    loadFile();
    out.text = gMainDiv.textContent;
    out.root = gRoot;
    out.points = gData.pps.length;
    out.metrics = 0;
    for (const option of gSelect.childNodes) {
      if (!option.disabled) {
        option.selected = true;
        changeSortMetric();
        out.metrics++;
      }
    }
  `, context);
} catch (err) {
  console.error(String(err));
  process.exit(1);
}

// What a profile has no column for is NaN in the viewer.
const number = (n) => (Number.isNaN(n) ? 0 : n);
const { text, root, points, metrics } = context.out;
console.log(JSON.stringify({
  TotalBytes: number(root._totalBytes),
  TotalBlocks: number(root._totalBlocks),
  TotalLifetime: number(root._totalLifetimes),
  PeakBytes: number(root._atTGmaxBytes),
  PeakBlocks: number(root._atTGmaxBlocks),
  EndBytes: number(root._atTEndBytes),
  EndBlocks: number(root._atTEndBlocks),
  ReadBytes: number(root._readsBytes),
  WrittenBytes: number(root._writesBytes),
  Points: points,
  Metrics: metrics,
  Text: text,
}));
