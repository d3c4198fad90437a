// The bar below the header that says whether the numbers change, and what can be done with the recording.

import { element, replace, say } from "./dom.js";
import { post } from "./live_ask.js";

const stateWords = {
  live: ["Live", "The program runs and is recorded"], ended: ["Ended", "The program has ended: this is all of it"],
  detached: ["Detached", "The program runs on, and is not recorded any more: this is all until then"],
};

// createLiveBar returns the bar of what live says. pause(isPaused) is called when the tables are to stay.
export function createLiveBar(app, live, { pause }) {
  const dot = element("span", { class: "dot", "aria-hidden": "true" });
  const state = element("b", {});
  const about = element("span", { class: "quiet about" });
  const follow = element("button", { type: "button", class: "control", onclick: () => {
    pause(!live.paused);
    update();
  } });
  const name = element("input", { class: "control", name: "name", maxLength: 255, placeholder: "Name of a mark", "aria-label": "Name of a mark", autocomplete: "off", spellcheck: false });
  const mark = element("form", { class: "mark", onsubmit: markNow }, name, element("button", { class: "control", title: "Give this moment a name, by which it is found on the timeline and in the profile" }, "Mark"));
  const save = element("a", { class: "control", href: "heapprof.json.gz", download: "", title: "Save the profile as it is now, for heapprof report and all else" }, "Save profile");
  const stop = element("button", { type: "button", class: "control stop", onclick: stopNow }, "Stop");
  const done = element("span", { class: "quiet", role: "status" });
  const bar = element("section", { id: "live", "aria-label": "Recording" }, dot, state, about, done, element("span", { class: "do" }, follow, mark, save, stop));
  document.getElementById("header").after(bar);

  let told = "";
  function update() {
    const [words, title] = live.silent ? ["No answer", "heapprof has ended, or the way to it is broken: what is shown is the last that it told"] : stateWords[live.state];
    bar.className = live.silent ? "silent" : live.paused && live.state === "live" ? "paused" : live.state;
    replace(state, words);
    state.title = title;
    replace(about, aboutTables());
    const isLive = live.state === "live" && !live.silent;
    follow.hidden = !isLive;
    replace(follow, live.paused ? "Follow" : "Pause");
    follow.title = live.paused ? "Have the tables follow the program again" : "Have the tables stay as they are; the timeline goes on";
    mark.hidden = stop.hidden = !isLive || !live.control;
    save.hidden = live.silent;
    if (words !== told && told) say(`${words}. ${title}`);
    told = words;
  }

  // aboutTables says of which moment the tables are.
  function aboutTables() {
    const time = app.amounts.time(live.time);
    if (live.state !== "live") return `after ${app.amounts.time(app.after.endTime)}`;
    if (live.paused) return `the tables stay at ${time}`;
    return live.holdsRange ? `the tables stay at ${time}, as a part of the run is chosen` : `tables of ${time}`;
  }

  function tell(text) {
    replace(done, text);
    setTimeout(() => { if (done.textContent === text) replace(done); }, 5000);
  }

  async function markNow(event) {
    event.preventDefault();
    try {
      const got = (await (await post("mark", { name: name.value || "mark" })).json()).name;
      name.value = "";
      tell(`marked as ${got}`);
    } catch (error) {
      tell(error.message);
    }
  }

  // A second click is the answer to whether that is meant.
  let asked = 0;
  async function stopNow() {
    clearTimeout(asked);
    if (stop.dataset.asked) {
      delete stop.dataset.asked;
      replace(stop, "Stop");
      try {
        await post("stop", {});
        tell("the recording ends");
      } catch (error) {
        tell(error.message);
      }
      return;
    }
    stop.dataset.asked = "1";
    replace(stop, "Stop recording?");
    asked = setTimeout(() => {
      delete stop.dataset.asked;
      replace(stop, "Stop");
    }, 5000);
  }
  stop.title = "End the recording; the program runs on";

  update();
  return { update };
}
