// What was allocated in a range of the run, and what of it lives at its end: as heapprof report --between computes it.

// windowValues returns a function that makes the column of a metric for a range: indices of moments, where -1 is the
// start and the number of moments the end.
export function windowValues(windows, [from, to]) {
  const moments = windows.time.length;
  const count = windows.node.length;
  const born = { "total-bytes": new Float64Array(count), "total-blocks": new Float64Array(count), "live-bytes": new Float64Array(count), "live-blocks": new Float64Array(count) };
  for (let i = 0; i < count; i++) {
    const a = stateAt(windows, i, from);
    const b = stateAt(windows, i, to);
    const [totalBytes, totalBlocks] = [b[0] - a[0], b[1] - a[1]];
    let [bytes, blocks] = [b[2], b[3]];
    if (from >= 0) {
      [bytes, blocks] = survivors(windows.births[i], from, to, moments);
      if (to < moments) {
        // Of the blocks that lived at first as many live at most.
        bytes = Math.max(bytes, b[2] - Math.min(a[2], b[2]));
        blocks = Math.max(blocks, b[3] - Math.min(a[3], b[3]));
      }
    }
    born["total-bytes"][i] = totalBytes;
    born["total-blocks"][i] = totalBlocks;
    if (totalBlocks || from < 0) {
      born["live-bytes"][i] = bytes;
      born["live-blocks"][i] = blocks;
    }
  }
  const column = name => (born[name] ?? new Float64Array(count)).slice();
  column.atLeast = from >= 0 && to < moments;
  return column;
}

// stateAt returns what a record's state was at a moment: bytes and blocks allocated until then, bytes and blocks live then.
export function stateAt(windows, record, moment) {
  if (moment < 0) return [0, 0, 0, 0];
  if (moment >= windows.time.length) return windows.end[record];
  const states = windows.states[record];
  const state = [0, 0, 0, 0];
  let at = 0;
  for (let k = 0; k < states.length; k += 5) {
    at += states[k];
    if (at > moment) break;
    for (let j = 0; j < 4; j++) state[j] += states[k + 1 + j];
  }
  return state;
}

function survivors(births, from, to, moments) {
  let [bytes, blocks] = [0, 0];
  for (let k = 0; k < births.length; k += 3) {
    if (births[k] > from && (to >= moments || births[k] <= to) && from < moments) {
      bytes += births[k + 1];
      blocks += births[k + 2];
    }
  }
  return [bytes, blocks];
}
