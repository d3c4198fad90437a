// New data in the place of those that a page has: what was chosen stays chosen.

import { replace } from "./dom.js";
import { createColors } from "./colors.js";
import { createFindings } from "./findings.js";
import { createFooter } from "./footer.js";
import { createHeader } from "./header.js";
import { averagesOf } from "./histograms_brush.js";
import { createModel } from "./model.js";
import { createNames } from "./names.js";
import { codecs } from "./state.js";
import { ofMetrics } from "./table_presets.js";
import { createTimeline } from "./timeline.js";

const placeOf = id => document.getElementById(id);

// toTimes returns what is at the ends of a range, whatever their indices are later.
const toTimes = (page, range) => range.map(i => (i < 0 ? "start" : i >= page.windows.time.length ? "now" : String(page.windows.time[i])));

// fromTimes returns the range with these ends, or what is nearest to it; null where there is none.
function fromTimes(page, ends) {
  const times = page.windows?.time ?? [];
  const near = time => times.reduce((best, t, i) => (Math.abs(t - time) < Math.abs(times[best] - time) ? i : best), 0);
  const range = ends.map(end => (end === "start" ? -1 : end === "now" ? times.length : /^\d+$/.test(end) && times.length ? near(Number(end)) : NaN));
  if (range.length !== 2 || range.some(Number.isNaN)) return null;
  if (range[0] >= range[1]) range[0] = range[1] - 1; // two ends that are one moment by now
  return range;
}

// timesInLinks has links name the ends of a range by their times: which moments there are changes as a program runs on.
export function timesInLinks(page) {
  codecs.range = { write: range => toTimes(page, range).join("_"), read: text => fromTimes(page, text.split("_")) };
}

// kept are the lists whose indices mean the same in later data: parts of the page have kept them.
const kept = ["functions", "places", "types"];

// put puts data into the object that all parts of the page have.
function put(page, next) {
  for (const name of Object.keys(page)) if (!Object.hasOwn(next, name) && name !== "count") delete page[name];
  for (const [name, value] of Object.entries(next)) {
    if (kept.includes(name)) Object.assign(page[name], value);
    else if (name === "sides") Object.assign(page.sides[0], value[0]);
    else if (name === "windows" && page.windows) {
      const { time } = page.windows; // the timeline has it
      time.splice(0, time.length, ...value.time);
      page.windows = { ...value, time };
    } else page[name] = value;
  }
  page.count = (page.count ?? 0) + 1;
}

// sameFinding returns which finding is what one was; null where it is none any more.
function sameFinding(page, was) {
  const id = (page.findings ?? []).findIndex(f => f.code === was.code && f.place === was.place && f.type === was.type);
  return id < 0 ? null : { kind: "finding", id };
}

// takeData puts the data of a later moment in the place of those that are shown.
export function takeData(app, next) {
  const { page, model, state } = app;
  const { range, selection } = state.get();
  const ends = range && page.windows ? toTimes(page, range) : null;
  const finding = selection?.kind === "finding" ? page.findings[selection.id] : null;
  const isNumberedAnew = page.numbers !== next.numbers;
  const hadRanges = model.hasRanges;
  const later = newer(page.sides[0], next.sides[0]);
  put(page, next);
  Object.assign(page.sides[0], later);
  document.title = `${page.sides[0].program} – heapprof`; // at first it may not have been known
  Object.assign(model, createModel(page));
  Object.assign(app.colors, createColors(app));
  nameNow(app);
  const changes = isNumberedAnew ? { zoom: 0, site: 0, selection: null } : {};
  if (finding) changes.selection = sameFinding(page, finding);
  state.set({ ...changes, ...(range ? { range: ends && fromTimes(page, ends) } : {}) }, { step: false });

  for (const view of app.views) {
    if (view.name === "histograms") view.missing = averagesOf(page) && page.records.node.length ? "" : page.missing?.histograms;
    placeOf(`tab-${view.name}`).className = view.missing ?? page.missing?.[view.name] ? "tab none" : "tab";
  }
  app.parts[0] = createHeader(app, placeOf("header"), app.help);
  placeOf("findings").hidden = false;
  app.parts[1] = createFindings(app, placeOf("findings"));
  renewTimeline(app, hadRanges !== model.hasRanges);
  replace(placeOf("footer"));
  createFooter(app, placeOf("footer"), app.help);
  const view = app.view();
  if (view?.name === "histograms") view.mount(placeOf("view"));
  placeOf("metric").dataset.key = ""; // which are called otherwise when it has ended
  app.renew();
}

// newer returns what of a side is of a later moment than the tables: the timeline and the sums go ahead of them.
function newer(side, next) {
  if (!(side.endTime > next.endTime)) return {};
  return { endTime: side.endTime, peakTime: side.peakTime, timeline: side.timeline, totals: side.totals };
}

function renewTimeline(app, anew) {
  const part = app.parts[2];
  if (part.renew && !anew) part.renew();
  else {
    placeOf("timeline").hidden = false;
    app.parts[2] = createTimeline(app, placeOf("timeline"));
  }
}

// takeMoment shows the timeline and the sums of this moment. The tables follow.
export function takeMoment(app, now) {
  const { page, state } = app;
  const side = page.sides[0];
  Object.assign(side, { endTime: now.time, peakTime: now.peakTime, timeline: now.timeline, totals: page.metrics.map((m, i) => now.totals[m.name] ?? side.totals[i]) });
  nameNow(app, now.state);
  if (!placeOf("header").matches(":hover")) { // what the pointer rests on is read
    app.parts[0] = createHeader(app, placeOf("header"), app.help);
    app.parts[0].update(state.get());
  }
  renewTimeline(app, false);
  app.parts[2].update(state.get());
}

const leaks = { ...ofMetrics.find(preset => preset.name === "leaks") };

// nameNow has the end of what is recorded be called what it is: while a program runs, nothing is known to be never freed.
function nameNow(app, state = app.live?.state) {
  const isOver = state === "ended";
  const { moment, ...names } = createNames(app.page);
  Object.assign(app.names, names, { moment: (i, amounts) => (state === "live" && i >= (app.page.windows?.time.length ?? 0) ? "now" : moment(i, amounts)) });
  Object.assign(ofMetrics.find(preset => preset.name === "leaks"), isOver ? leaks : state === "live" ? { title: "Now", help: "What lives now" } : { title: "Live", help: "What lived when it was detached" });
}
