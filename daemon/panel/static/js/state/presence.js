/** Who does not answer now. */
import { tell } from "./bus.js";

const AWAY = ["panel", "daemon"];
/** @type {Set<string>} */
const troubles = new Set();

/** Whether the panel or the daemon does not answer. */
export const isAway = () => AWAY.some((name) => troubles.has(name));

/** Return the clause that names who does not answer. */
export const whoIsAway = () => `the ${AWAY.find((name) => troubles.has(name)) ?? "daemon"} does not answer`;

/** Note that a trouble began or ended.
 * @type {(name: string, isSo: boolean) => void} */
export function setTrouble(name, isSo) {
  const was = isAway();
  if (isSo) troubles.add(name);
  else troubles.delete(name);
  tell("troubles", troubles);
  if (was !== isAway()) tell("presence", { isAway: isAway() });
}
