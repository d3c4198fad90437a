// Amounts in words, as package human of heapprof writes them.

const powers = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];

// significant writes three significant digits.
export function significant(v) {
  if (v < 9.995) return v.toFixed(2);
  if (v < 99.95) return v.toFixed(1);
  return Math.round(v).toLocaleString("en-US");
}

// createAmounts returns the functions that write a page's numbers for people.
export function createAmounts(units, estimated) {
  const mark = estimated ? "~" : "";

  const count = n => mark + Math.round(n).toLocaleString("en-US");

  function bytes(n) {
    if (n < 1024) return Math.round(n) + " B";
    let power = -1;
    do {
      n /= 1024;
      power++;
    } while (n >= 999.5 && power < powers.length - 1);
    return significant(n) + " " + powers[power];
  }

  function size(n) {
    return units.one === "byte" ? mark + bytes(n) : count(n) + " " + units.many;
  }

  function time(t) {
    if (units.time === "µs" || units.time === "us") return microseconds(t);
    if (t >= 1e6 && units.mega) return significant(t / 1e6) + " " + units.mega;
    return significant(t) + " " + units.time;
  }

  // of writes the value of a metric.
  function of(metric, value) {
    if (metric.unit === "bytes") return size(value);
    if (metric.unit === "time") return mark + time(value);
    return count(value);
  }

  // signed writes a change of a metric.
  function signed(metric, change) {
    if (change === 0) return "0";
    return (change > 0 ? "+" : "−") + of(metric, Math.abs(change)).replace(mark, "");
  }

  return { count, size, time, of, signed, percent: (part, whole) => (whole ? mark + percentage(100 * part / whole) : ""), mark };
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

// percentage never rounds something to nothing, nor nearly all to all.
export function percentage(p) {
  if (p > 0 && p < 0.05) return "<0.1%";
  if (p < 100 && p >= 99.95) return "99.9%";
  return p.toFixed(1) + "%";
}
