/** What will come, as the piano roll shows it to the right of now: the plan, and changes that wait for their beat. */
import { BEATS_PER_BAR } from "./music.js";
import { readable } from "./names.js";

const MOST_MARKS = 6;

/** Return the sections that are planned after `beat`.
 * @type {(plan: Plan | null, beat: number) => Section[]} */
export function comingSections(plan, beat) {
  if (!plan?.next_section) return [];
  const turn = (plan.bar + plan.bars_left + 1) * BEATS_PER_BAR;
  return turn > beat ? [[turn, plan.next_section]] : [];
}

/** Return the chords of this bar and the next one, by bar.
 * @type {(plan: Plan | null) => [number, string[]][]} */
export function comingChords(plan) {
  if (!plan) return [];
  const bars = /** @type {{ bar: number, chords?: string[] }[]} */ ([plan, ...(plan.next ? [plan.next] : [])]);
  return bars.map(({ bar, chords = [] }) => [bar, chords]);
}

/** Return the changes that wait, as [beat, words], the next ones first.
 * @type {(pending: Record<string, Pending>, coming: Coming[], beat: number) => Section[]} */
export function comingChanges(pending, coming, beat) {
  /** @type {Section[]} */
  const changes = Object.entries(pending).map(([name, { target, from_beat: from }]) => [from, `${readable(name)} → ${shown(target)}`]);
  /** @type {Section[]} */
  const others = coming.map(({ what, seed, model, effective_beat: at }) => [at, seed === undefined ? model ?? what : `seed ${seed}`]);
  return [...changes, ...others].filter(([at]) => at > beat).sort(([one], [other]) => one - other).slice(0, MOST_MARKS);
}

/** @type {(value: Value) => string} */
const shown = (value) => (typeof value === "number" ? String(+value.toFixed(2)) : typeof value === "boolean" ? (value ? "on" : "off") : value);
