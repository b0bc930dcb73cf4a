/** When what was asked for is heard, in words of bars. */
import { BEATS_PER_BAR } from "./music.js";

/** `at bar 24`; `in bar 24` where it is amid the bar. */
export const place = (beat) => `${beat % BEATS_PER_BAR === 0 ? "at" : "in"} bar ${Math.floor(beat / BEATS_PER_BAR)}`;

/** A change that has not begun or ended, as it is shown beside the present value: `→ 0.3 at bar 24`, `→ 0.3 from bar 24 to bar 28`, `heard at bar 24`. */
export function waiting({ from_beat: from, until_beat: until }, target, isThere, now) {
  if (until > from) {
    const end = `bar ${Math.ceil(until / BEATS_PER_BAR)}`;
    return from > now ? `→ ${target} from bar ${Math.floor(from / BEATS_PER_BAR)} to ${end}` : `→ ${target} until ${end}`;
  }
  return isThere ? `heard ${place(from)}` : `→ ${target} ${place(from)}`;
}

/** The end of a sentence about a reply: ", heard at bar 24". */
export const heard = ({ effective_beat: beat }) => (beat === undefined ? "" : `, heard ${place(beat)}`);
