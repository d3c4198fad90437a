// Amounts in words, as package human of heapprof writes them: the same number reads the same on the page and in a terminal.

const powers = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];

// decimals writes a number with so many digits behind the point. A number right between two such goes to the even one, as
// in Go, where toFixed goes up.
function decimals(v, digits) {
  const shifted = v * 10 ** digits;
  const down = Math.floor(shifted);
  if (!Number.isInteger(v * 2 ** (digits + 1)) || shifted - down !== 0.5) return v.toFixed(digits);
  return ((down % 2 === 0 ? down : down + 1) / 10 ** digits).toFixed(digits);
}

// significant writes three significant digits.
export function significant(v) {
  if (v === 0) return "0";
  if (v < 0.0095) return String(Number(v.toPrecision(2)));
  if (v < 9.995) return decimals(v, 2);
  if (v < 99.95) return decimals(v, 1);
  return decimals(v, 0);
}

// scaled divides by a base until a number is below it, and writes it with the unit for that.
function scaled(v, base, units) {
  let i = 0;
  while (v >= base - 0.5 && i < units.length - 1) {
    v /= base;
    i++;
  }
  return (i === 0 && Number.isInteger(v) ? String(v) : significant(v)) + " " + units[i];
}

// bytesInWords writes a size.
export function bytesInWords(n) {
  return n < 1024 ? `${Math.round(n)} B` : scaled(n, 1024, ["B", ...powers]);
}

// thousands writes a whole number, its thousands separated.
export function thousands(n) {
  return String(Math.round(n)).replace(/\B(?=(\d{3})+$)/g, ",");
}

// percentage never rounds something to nothing, nor nearly all to all.
export function percentage(p) {
  if (p > 0 && p < 0.05) return "<0.1%";
  if (p < 100 && p >= 99.95) return "99.9%";
  return decimals(p, 1) + "%";
}

function microseconds(t) {
  if (t === 0) return "0 s";
  if (t < 999.5) return significant(t) + " µs";
  if (t < 999.5e3) return significant(t / 1e3) + " ms";
  if (t < 600e6) return significant(t / 1e6) + " s";
  const s = Math.round(t / 1e6);
  const two = n => String(n).padStart(2, "0");
  return s >= 3600 ? `${Math.floor(s / 3600)} h ${two(Math.floor(s % 3600 / 60))} min` : `${Math.floor(s / 60)} min ${two(s % 60)} s`;
}

// createAmounts returns the functions that write a page's numbers for people, with a ~ before them if they are estimates.
export function createAmounts(units, estimated) {
  const mark = estimated ? "~" : "";

  const count = n => mark + thousands(n);
  const size = n => (units.one === "byte" ? mark + bytesInWords(n) : `${count(n)} ${units.many}`);
  const blocks = n => `${count(n)} ${n === 1 ? units.blocks.replace(/ies$/, "y").replace(/s$/, "") : units.blocks}`;

  function time(t) {
    if (units.time === "µs" || units.time === "us") return microseconds(t);
    if (units.time === "instrs") return scaled(t, 1000, ["instrs", "Kinstr", "Minstr", "Ginstr", "Tinstr"]);
    if (t >= 1e6 && units.mega) return significant(t / 1e6) + " " + units.mega;
    return `${significant(t)} ${units.time}`.trim();
  }

  // of writes the value of a metric.
  function of(metric, value) {
    if (metric.unit === "bytes") return size(value);
    if (metric.unit === "time") return mark + time(value);
    return count(value);
  }

  // exact writes all digits of the value of a metric.
  function exact(metric, value) {
    if (metric.unit === "bytes") return `${count(value)} ${value === 1 ? units.one : units.many}`;
    if (metric.unit === "time") return `${count(value)} ${units.time}`.trim();
    return blocks(value);
  }

  // signed writes a change of a metric.
  function signed(metric, change) {
    if (change === 0) return "0";
    return (change > 0 ? "+" : "−") + of(metric, Math.abs(change));
  }

  // margin writes how far an estimate with a variance may be off, 19 times in 20, in percent of it; "" where that is not known.
  function margin(value, variance) {
    if (!(value > 0) || variance === undefined || Number.isNaN(variance)) return "";
    const percent = 200 * Math.sqrt(variance) / value;
    return percent > 0 && percent < 0.5 ? "±<1%" : `±${thousands(percent)}%`;
  }

  const percent = (part, whole) => (whole ? mark + percentage(100 * part / whole) : "");

  return { count, size, blocks, time, of, exact, signed, margin, percent, mark };
}
