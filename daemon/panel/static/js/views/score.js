/** The live piano roll: what was played, in time with the sound, and to the right of now what will come. */
import { beatNow } from "../audio/live.js";
import { BEATS_PER_BAR, VOICES } from "../parts/music.js";
import { make, byId } from "../parts/dom.js";
import { eachFrame } from "../parts/frames.js";
import { comingChanges, comingChords, comingSections } from "../parts/outlook.js";
import { Played } from "../parts/played.js";
import { Roll } from "../parts/roll.js";
import { zoom } from "../parts/zoom.js";
import { on } from "../state/bus.js";
import { store } from "../state/store.js";

const PLAYHEAD = 0.75;

const played = new Played();
/** @type {Plan | null} */
let plan = null;

on("note", (message) => played.takeNote(message));
on("tick", (message) => {
  played.takeTick(message);
  if (message.plan) plan = message.plan;
});
on("learnt", (state) => { plan = state.plan; });
on("history", ({ played: past }) => played.takePast(past));
on("deck", () => {
  played.forget();
  plan = null;
});

/** Return what the roll shows when `now` is heard.
 * @type {(now: number) => import("../parts/roll.js").View} */
function view(now) {
  const from = now - zoom.bars * BEATS_PER_BAR * PLAYHEAD;
  const { notes, chords, beat, sections } = played;
  const { pending, coming = [] } = store.state;
  return {
    from, until: from + zoom.bars * BEATS_PER_BAR, now, notes,
    sections: [...sections, ...comingSections(plan, beat)],
    chords: new Map([...comingChords(plan), ...chords]),
    marks: comingChanges(pending ?? {}, coming, now),
    silent: new Set(VOICES.filter((voice) => store.params[`${voice}.mute`])),
  };
}

/** Draw at each frame while the page is visible.
 * @type {(canvas: HTMLCanvasElement) => void} */
export function startScore(canvas) {
  const roll = new Roll(canvas);
  eachFrame(() => {
    if (canvas.offsetParent !== null) roll.draw(view(beatNow() ?? store.beat));
  });
  /** @type {Record<string, string>} */
  const names = { drums: "drums, below the line: kick, snare, clap, hats, tom, crash, ride, rim" };
  for (const voice of VOICES) {
    const mark = make("b");
    mark.style.background = `var(--${voice})`;
    byId("legend").append(make("span", {}, mark, names[voice] ?? voice));
  }
}
