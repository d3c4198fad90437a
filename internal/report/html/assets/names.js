// What functions, places, types and metrics are called.

export const metricWords = {
  "peak-bytes": "live at the peak", "peak-blocks": "blocks live at the peak",
  "end-bytes": "live at the end", "end-blocks": "blocks live at the end",
  "total-bytes": "allocated in all", "total-blocks": "blocks allocated in all",
  "temporary-blocks": "temporary blocks", "lost-bytes": "lost", "lost-blocks": "blocks lost",
  "live-bytes": "live at the range's end", "live-blocks": "blocks live at the range's end",
  lifetime: "summed lifetimes",
};

// What metrics mean of a range, where that is something else.
const rangeWords = { "total-bytes": "allocated in the range", "total-blocks": "blocks allocated in the range" };

// What they mean where moments are compared.
const momentWords = {
  "live-bytes": "live at the moment", "live-blocks": "blocks live at the moment", "total-bytes": "allocated until then", "total-blocks": "blocks allocated until then",
};

// createNames returns the functions that name things of a page.
export function createNames(page) {
  const { functions, places, types } = page;
  const base = path => path.slice(path.lastIndexOf("/") + 1);
  const apart = (name, f) => (functions.apart[f] ? `${name} [${functions.apart[f]}]` : name);

  const func = f => (f < 0 ? "all" : apart(functions.name[f], f));
  const short = f => (f < 0 ? "all" : functions.short[f] || functions.name[f]);
  const place = p => (p < 0 ? "(other places)" : places.label[p] || func(places.function[p]));
  const where = p => (p < 0 ? "" : places.where[p]);
  const type = t => (t >= 0 ? types.name[t] : t < -1 ? "(several types)" : "");
  const moduleOf = f => (f < 0 || functions.module[f] < 0 ? "" : base(page.modules[functions.module[f]]));
  const ofMoments = page.metrics.some(m => m.name === "live-bytes");
  const metric = (m, inRange) => page.metrics.find(one => one.name === m.name)?.words || (inRange && rangeWords[m.name]) || (ofMoments && momentWords[m.name]) || metricWords[m.name] || m.name;

  // moment writes one end of a range: -1 is the start, the number of moments the end.
  function moment(i, amounts) {
    if (i < 0) return "the start";
    if (i >= page.windows.time.length) return "the end";
    return page.windows.mark[i] ? `mark ${page.windows.mark[i]}` : amounts.time(page.windows.time[i]);
  }

  return { func, short, place, where, type, moduleOf, metric, moment, base };
}
