// The bar above the views: which view, by which metric, and of what.

import { element, replace } from "./dom.js";
import { brushWords } from "./histograms_brush.js";
import { isExpression } from "./model.js";

export function createToolbar(app, root, views) {
  const { amounts, model, names, page, state } = app;
  const tabs = element("div", { id: "tabs", class: "tabs", role: "tablist", "aria-label": "Views" });
  const metrics = element("select", { id: "metric", class: "control", title: "m", onchange: () => state.set({ metric: metrics.value }) });
  const field = element("input", {
    id: "filter", class: "control", type: "search", placeholder: "Filter (regexp)", title: "Only stacks with a function, file, module or type that matches a regular expression (/)",
    "aria-label": "Filter: a regular expression", "aria-describedby": "matches", autocomplete: "off", spellcheck: false, oninput: typed, onkeydown: leave,
  });
  const matches = element("output", { id: "matches" });
  const chips = element("span", { class: "chips" });

  replace(root, tabs, element("div", { class: "tools" },
    element("label", { htmlFor: "metric" }, "By"), metrics, element("div", { class: "filter", role: "search" }, field, matches), chips));

  const buttons = views.map((view, i) => element("button", {
    type: "button", class: view.missing ?? page.missing?.[view.name] ? "tab none" : "tab", role: "tab", id: `tab-${view.name}`, "aria-controls": "view", title: `${view.title} (${i + 1})`,
    onclick: () => state.set({ view: view.name }), onkeydown: event => step(event, i),
  }, view.title));
  replace(tabs, buttons);

  // step moves among the tabs, as is usual for such.
  function step(event, i) {
    const to = { ArrowLeft: i - 1, ArrowRight: i + 1, Home: 0, End: views.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    const at = (to + views.length) % views.length;
    state.set({ view: views[at].name });
    buttons[at].focus();
  }

  // Typing is one step for the back button, and waits until the typist does.
  let waiting = 0;
  let typing = false;
  function typed() {
    clearTimeout(waiting);
    waiting = setTimeout(apply, 120);
  }
  function apply() {
    clearTimeout(waiting);
    if (field.value === state.get().filter) return;
    state.set({ filter: field.value }, { step: !typing });
    typing = true;
  }
  field.addEventListener("blur", () => {
    apply();
    typing = false;
  });

  function leave(event) {
    if (event.key === "Enter") apply();
    else if (event.key !== "Escape") return;
    else if (field.value) {
      field.value = "";
      apply();
    }
    event.preventDefault();
    event.stopPropagation();
    document.getElementById("view").focus();
  }

  function drawMetrics(values) {
    const all = model.shownMetrics(values);
    const inRange = Boolean(values.range);
    const key = String(inRange);
    if (metrics.dataset.key !== key) {
      metrics.dataset.key = key;
      replace(metrics, all.map(m => element("option", { value: m.name }, names.metric(m, inRange))));
    }
    metrics.value = model.metric(values).name;
  }

  function drawMatches(values) {
    const wrong = !isExpression(values.filter);
    field.setAttribute("aria-invalid", String(wrong));
    matches.className = wrong ? "wrong" : "";
    if (!values.filter) return replace(matches, "");
    const metric = model.metric(values);
    const some = model.cut(values);
    const none = !some.matching?.some(Boolean);
    const part = none ? "nothing matches" : `${some.missed(metric.name) ? "at least " : ""}${amounts.of(metric, some.total(metric.name))}${shareOf(values, metric, some)}`;
    return replace(matches, wrong ? `no regular expression, so taken letter by letter: ${part}` : part);
  }

  function shareOf(values, metric, some) {
    const whole = model.cut({ ...values, filter: "", brush: null }).total(metric.name);
    return whole ? `, ${amounts.percent(some.total(metric.name), whole)}` : "";
  }

  function drawChips(values) {
    replace(chips, values.brush ? element("span", { class: "chip" }, `blocks of ${brushWords(app, values.brush)}`,
      element("button", { type: "button", "aria-label": "All sizes and lifetimes", title: "All sizes and lifetimes", onclick: () => state.set({ brush: null }) }, "✕")) : null);
  }

  return {
    focusFilter() {
      field.focus();
      field.select();
    },
    openMetrics() {
      metrics.focus();
      try {
        metrics.showPicker?.();
      } catch {
        // A browser may want a click for that: the menu has the focus, and opens with the arrow keys.
      }
    },
    needs: () => ["view", "metric", "range", "filter", "brush"],
    update(values) {
      views.forEach((view, i) => {
        const chosen = view.name === values.view;
        buttons[i].setAttribute("aria-selected", String(chosen));
        buttons[i].tabIndex = chosen ? 0 : -1;
      });
      drawMetrics(values);
      if (document.activeElement !== field || !typing) field.value = values.filter;
      drawMatches(values);
      drawChips(values);
    },
  };
}
