// What a range shows, in words.

// rangeInWords says it with the amounts; "" for the whole run.
export function rangeInWords(app, values) {
  const { amounts, model, names, page } = app;
  if (!values.range || !model.hasRanges) return "";
  const [from, to] = values.range;
  const cut = model.cut(values);
  const live = `${amounts.size(cut.total("live-bytes"))} in ${amounts.blocks(cut.total("live-blocks"))}`;
  const allocated = amounts.size(cut.total("total-bytes"));
  const when = i => (i >= 0 && i < page.windows.time.length && page.windows.mark[i] ? `mark ${page.windows.mark[i]} (${amounts.time(page.windows.time[i])})` : names.moment(i, amounts));
  const filtered = cut.matching ? " of what matches" : "";
  if (from >= 0 && !cut.total("total-blocks")) return `Nothing${filtered} was allocated from ${when(from)} to ${when(to)}`;
  if (from < 0) return `Live at ${when(to)}: ${live}${filtered} (of ${allocated} allocated until then)`;
  const lived = to >= page.windows.time.length ? "not freed" : "live then";
  return `Born from ${when(from)} to ${when(to)} and ${lived}: ${cut.atLeast ? "at least " : ""}${live}${filtered} (of ${allocated} allocated)`;
}
