// What is told of the box under the pointer, with all digits.

import { thousands } from "./amounts.js";
import { element, replace } from "./dom.js";

// createTip returns what shows an item of the flame graph beside the pointer.
export function createTip(app, names, place) {
  const { amounts, model } = app;
  const tip = element("div", { class: "flame-tip", hidden: true });
  place.append(tip);

  function lines(item, { metric, total, inverted }) {
    const { box, kind } = item;
    const whole = model.isDiff ? Math.max(total.after, total.before) : total.after;
    const title = kind === "small" ? `… ${thousands(item.count)} smaller boxes` : item.chain.map(b => names.name(b)).join(" → ");
    const last = item.chain[item.chain.length - 1];
    const lead = element("p", { class: "flame-tip-name" }, element("bdi", {}, title));
    const where = kind === "small" ? "" : names.wherefrom(last);
    const numbers = model.isDiff ? diffNumbers(item, metric) : [["", [number(metric, item.after, whole), amounts.margin(item.after, kind === "small" ? undefined : box.variance)].join(" ")]];
    if (kind !== "small" && last.own.width > 0 && last.own.width < item.width) {
      numbers.push([inverted ? "no further caller" : "itself", model.isDiff ? names.amount(metric, last.own) : number(metric, last.own.after, whole)]);
    }
    if (kind !== "small" && box.match && box.match.width < item.width) numbers.push(["matches", names.amount(metric, box.match)]);
    const remark = kind === "small" ? "too narrow to be drawn: zoom in to see them" : names.remark(box);
    return [
      lead, where && element("p", { class: "quiet" }, where),
      element("dl", {}, numbers.map(([word, text]) => [element("dt", {}, word), element("dd", {}, text)]).flat()),
      remark && element("p", { class: "quiet" }, remark),
    ];
  }

  // number writes an amount with its part of the whole, and to the last digit where the short form leaves some out.
  function number(metric, value, whole) {
    const short = amounts.of(metric, value);
    const exact = amounts.exact(metric, value);
    return [short, whole ? `, ${amounts.percent(value, whole)}` : "", exact.startsWith(short) ? "" : ` (${exact})`].join("");
  }

  function diffNumbers({ after, before }, metric) {
    return [
      ["change", amounts.signed(metric, after - before)],
      ["before", `${amounts.of(metric, before)} (${amounts.exact(metric, before)})`],
      ["after", `${amounts.of(metric, after)} (${amounts.exact(metric, after)})`],
    ];
  }

  return {
    show(item, about, x, y) {
      replace(tip, lines(item, about));
      tip.hidden = false;
      const room = place.getBoundingClientRect();
      const { offsetWidth: w, offsetHeight: h } = tip;
      tip.style.left = `${Math.max(0, Math.min(x + 14, room.width - w - 4))}px`;
      tip.style.top = `${y + 20 + h > room.height ? Math.max(0, y - h - 10) : y + 20}px`;
    },
    hide() { tip.hidden = true; },
  };
}
