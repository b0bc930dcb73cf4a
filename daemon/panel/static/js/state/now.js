/** Requests that make sense only now: they are sent at once or refused with a message, never sent later. */
import { ask } from "./api.js";
import { tell } from "./bus.js";
import { isAway, whoIsAway } from "./presence.js";

/** Return the result of POST `path`. If it fails, show a message that names `what`, and return undefined.
 * @type {(path: string, body: object, what: string) => Promise<any>} */
export async function askNow(path, body, what) {
  if (!isAway()) return ask(path, body, `${what} was not answered`);
  tell("refused", `${what} was not sent: ${whoIsAway()}.`);
  return undefined;
}
