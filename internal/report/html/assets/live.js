// The page that heapprof serve answers with: as heapprof html writes it, and kept up with the program while that is recorded.

import { readPage } from "./data.js";
import { sayFailure, showPage } from "./page.js";
import { ask } from "./live_ask.js";
import { createLiveBar } from "./live_bar.js";
import { keepingPlace } from "./live_place.js";
import { takeData, takeMoment, timesInLinks } from "./live_data.js";

const period = 1000; // ms from one look at the program to the next
const tablePeriod = 2000; // the server decides how often there are new ones
const retries = [1000, 2000, 5000, 10000]; // after so long a server that does not answer is asked again

const pause = ms => new Promise(done => { setTimeout(done, ms); });

// visible waits until the page is to be seen: nobody's numbers are not asked for.
const visible = () => (document.hidden ? new Promise(done => { document.addEventListener("visibilitychange", done, { once: true }); }) : null);

// follow keeps the page up with the program.
function follow(app) {
  const live = { state: "live", silent: false, paused: false, time: app.after.endTime, control: false };
  const bar = createLiveBar(app, live, { pause: isPaused => { live.paused = isPaused; } });
  const hasEnded = () => live.state !== "live";
  let pressed = false;
  document.addEventListener("pointerdown", () => { pressed = true; }, true);
  const released = () => { pressed = false; };
  for (const name of ["pointerup", "pointercancel"]) document.addEventListener(name, released, true);

  // holds reports whether what is shown is to stay as it is: whoever has chosen a part of the run that is over sees the same
  // in any later table, and what is read, dragged or open must not change under the hand.
  function holds() {
    const { range } = app.state.get();
    live.holdsRange = Boolean(range) && range[1] < (app.page.windows?.time.length ?? 0);
    return !hasEnded() && (live.paused || live.holdsRange || isBusy());
  }
  const isBusy = () => pressed || !getSelection().isCollapsed || document.activeElement?.matches("#view select, #header select");

  // repeat does something again and again, until the recording has ended and it was done once more.
  async function repeat(ms, work) {
    for (let failed = 0; ;) {
      await visible();
      const last = hasEnded();
      try {
        await work();
        failed = 0;
        live.silent = false;
      } catch {
        live.silent = ++failed > 1;
      }
      bar.update();
      if (last && !failed) return;
      await pause(failed ? retries[Math.min(failed, retries.length) - 1] : ms);
    }
  }

  async function moment() {
    const now = await (await ask("now.json")).json();
    live.state = now.state;
    live.control = now.control && now.state === "live";
    if (pressed) return;
    keepingPlace(() => takeMoment(app, now));
  }

  let tag = "";
  async function tables() {
    if (holds()) return;
    const answer = await ask("page.json", tag ? { "If-None-Match": tag } : {});
    if (answer.status === 304) return;
    const next = await answer.json();
    if (holds()) return; // since it was asked for
    tag = answer.headers.get("ETag");
    live.time = next.sides[0].endTime;
    keepingPlace(() => takeData(app, next));
  }

  app.live = live; // for tests
  repeat(period, moment);
  repeat(tablePeriod, tables);
}

async function start() {
  const page = await readPage();
  timesInLinks(page);
  follow(showPage(page));
}

start().catch(sayFailure);
