/** What acts at its moment alone: asked for at once, or refused in words where nobody answers. It is never done later. */
import { ask } from "./api.js";
import { isAway, whoIsAway } from "./link.js";
import { say } from "./toast.js";

/** The result of POST `path`; undefined where it was refused, which was told with `what` was asked for. */
export async function askNow(path, body, what) {
  if (!isAway()) return ask(path, body, `${what} was not answered`);
  say(`${what} was not sent: ${whoIsAway()}.`, true);
  return undefined;
}
