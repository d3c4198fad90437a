// How much was live over the run: the courses of groups of records, and small pictures of them.

import { element } from "./dom.js";
import { groupRecords, selectedRecords } from "./groups.js";

const coursesOfPages = new WeakMap();
const coursesOfGroups = new WeakMap();

// courses returns the live bytes of each record with a history, at each moment of the run and at its end; null where
// nothing is known of moments.
function courses(page) {
  if (!page.windows) return null;
  if (!coursesOfPages.has(page.windows)) {
    const { windows } = page;
    coursesOfPages.set(windows, windows.states.map((states, i) => courseOfRecord(states, windows.end[i], windows.time.length)));
  }
  return coursesOfPages.get(page.windows);
}

function courseOfRecord(states, end, moments) {
  const course = new Float64Array(moments + 1);
  let at = 0;
  let bytes = 0;
  for (let k = 0; k < states.length; k += 5) {
    const moment = at + states[k];
    course.fill(bytes, at, moment);
    at = moment;
    bytes += states[k + 3];
  }
  course.fill(bytes, at);
  course[moments] = end[2];
  return course;
}

// timesOf returns when the points of courses are, in time units: the page's moments and the end.
export function timesOf(app) {
  return app.page.windows ? [...app.page.windows.time, app.after.endTime] : [];
}

// windowedCut returns what is chosen by the filter of the records that have a history.
function windowedCut(app, values) {
  const all = [-1, app.page.windows.time.length];
  return app.model.cut({ ...values, range: all, brush: null });
}

// coursesOf returns of the groups of a grouping how many of their bytes were live over the run: of(group) is a column
// beside timesOf, or null where there is none. null where nothing is known of moments.
export function coursesOf(app, values, by) {
  const all = courses(app.page);
  if (!all) return null;
  const cut = windowedCut(app, values);
  const grouped = groupRecords(app, cut, by);
  if (!coursesOfGroups.has(grouped)) coursesOfGroups.set(grouped, sumCourses(app, all, cut, grouped));
  return coursesOfGroups.get(grouped);
}

function sumCourses(app, all, cut, grouped) {
  const sums = grouped.groups.map(() => new Float64Array(app.page.windows.time.length + 1));
  const total = new Float64Array(app.page.windows.time.length + 1);
  for (let i = 0; i < all.length; i++) {
    if (cut.matching && !cut.matching[i]) continue;
    const sum = sums[grouped.of[i]];
    for (let m = 0; m < sum.length; m++) {
      sum[m] += all[i][m];
      total[m] += all[i][m];
    }
  }
  const byKey = new Map(grouped.groups.map(g => [g.key, sums[g.index]]));
  return { total, of: group => byKey.get(group.key) ?? null };
}

// courseOf returns the same of a selection.
export function courseOf(app, values, selection) {
  const all = courses(app.page);
  if (!all) return null;
  const cut = windowedCut(app, values);
  const mask = selectedRecords(app, cut, selection);
  if (!mask) return null;
  const sum = new Float64Array(app.page.windows.time.length + 1);
  for (let i = 0; i < all.length; i++) {
    if (!mask[i] || (cut.matching && !cut.matching[i])) continue;
    for (let m = 0; m < sum.length; m++) sum[m] += all[i][m];
  }
  return sum;
}

// sparkline returns a picture of a course: filled below, from the start to the end of the run, as high as its own most. It is
// a box that is cut, since a table with hundreds of SVGs takes a second to lay out.
export function sparkline(times, course, width, height, words) {
  const most = course.reduce((a, b) => Math.max(a, b), 0);
  const end = times[times.length - 1] || 1;
  const picture = element("span", { class: "sparkline", role: "img", "aria-label": words });
  picture.style.width = `${width}px`;
  picture.style.height = `${height}px`;
  const points = Array.from(course, (v, i) => `${(100 * times[i] / end).toFixed(1)}% ${most ? Math.min(94, 100 - 100 * v / most).toFixed(1) : 94}%`);
  picture.style.clipPath = `polygon(0 100%,${points.join()},100% 100%)`;
  return picture;
}
