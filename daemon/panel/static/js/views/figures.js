/** The figures above every page: the section, the bars to the next one, the place in the bar, tempo, key and chords. */
import { beatNow } from "../audio/live.js";
import { byId } from "../parts/dom.js";
import { eachFrame } from "../parts/frames.js";
import { BEATS_PER_BAR, barAt } from "../parts/music.js";
import { on } from "../state/bus.js";
import { store } from "../state/store.js";

const dots = [...document.querySelectorAll("#place-beat i")];
/** @type {Map<string, string>} */
const written = new Map();
/** @type {Plan | null} */
let plan = null;

/** Write a text where it has changed.
 * @type {(id: string, text: string) => void} */
function write(id, text) {
  if (written.get(id) === text) return;
  written.set(id, text);
  byId(id).textContent = text;
}

/** Return the next change of section that is known: its beat and its name; null if this section stays.
 * @type {() => { beat: number, name: string } | null} */
function turn() {
  const asked = store.state.pending?.section;
  const planned = plan?.next_section ? { beat: (plan.bar + plan.bars_left + 1) * BEATS_PER_BAR, name: plan.next_section } : null;
  if (!asked || asked.target === "auto") return planned;
  const next = { beat: asked.from_beat, name: String(asked.target) };
  return planned && planned.beat < next.beat ? planned : next;
}

/** @type {(now: number) => void} */
function show(now) {
  const isPlaying = store.transport.state === "playing";
  const beat = Math.floor(now);
  write("place-bar", String(barAt(now)));
  const within = ((now % BEATS_PER_BAR) + BEATS_PER_BAR) % BEATS_PER_BAR;
  dots.forEach((dot, index) => dot.classList.toggle("on", isPlaying && index === Math.floor(within)));
  byId("place-beat").style.setProperty("--phase", String(isPlaying ? within / BEATS_PER_BAR : 0));
  const next = turn();
  const left = next && next.beat - beat;
  write("place-next", next ? `→ ${next.name}` : isHeld() ? "held" : "");
  if (left === null || left <= 0) {
    write("togo", "–");
    return write("togo-words", "");
  }
  const bars = Math.ceil(left / BEATS_PER_BAR);
  write("togo", String(bars > 1 ? bars : left));
  write("togo-words", bars > 1 ? "bars to go" : left === 1 ? "beat to go" : "beats to go");
}

const isHeld = () => store.params.section !== undefined && store.params.section !== "auto";

eachFrame(() => show(beatNow() ?? store.beat));

on("deck", () => {
  showPlan(null);
  write("place-section", "–");
});
on("plan", showPlan);

/** @type {(told: Plan | null) => void} */
function showPlan(told) {
  plan = told;
  write("place-key", plan?.key.split(" / ")[0] ?? "–");
  write("place-chords", [...new Set(plan?.chords?.filter(Boolean) ?? [])].join(" – ") || "–");
}

on("transport", ({ tempo, count_in: countIn }) => {
  write("place-tempo", String(+Number(tempo).toFixed(1)));
  if (countIn) write("place-section", "count-in");
});
on("tick", ({ tempo, section }) => {
  write("place-tempo", String(+tempo.toFixed(1)));
  write("place-section", section || "–");
});
