/** Texts that say at which bar a requested change is heard. */
import { BEATS_PER_BAR, barAt } from "./music.js";

/** Return `at bar 24`, or `in bar 24` for a beat within the bar.
 * @type {(beat: number) => string} */
export const place = (beat) => `${beat % BEATS_PER_BAR === 0 ? "at" : "in"} bar ${barAt(beat)}`;

/** Return the text about a pending change: `→ 0.3 at bar 24`, `→ 0.3 from bar 24 to bar 28` or `heard at bar 24`.
 * @type {(pending: Pending, target: string, isThere: boolean, now: number) => string} */
export function waiting({ from_beat: from, until_beat: until }, target, isThere, now) {
  if (until > from) {
    const end = `bar ${Math.ceil(until / BEATS_PER_BAR) + 1}`;
    return from > now ? `→ ${target} from bar ${barAt(from)} to ${end}` : `→ ${target} until ${end}`;
  }
  return isThere ? `heard ${place(from)}` : `→ ${target} ${place(from)}`;
}

/** Return the end of a sentence about a reply: ", heard at bar 24".
 * @type {(reply: { effective_beat?: number }) => string} */
export const heard = ({ effective_beat: beat }) => (beat === undefined ? "" : `, heard ${place(beat)}`);
