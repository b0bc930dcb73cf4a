/** Messages of the daemon and of this page, by topic: on("note", (message) => ...). What happened comes up this way.
 * @type {Map<string, ((message: any) => unknown)[]>} */
const listeners = new Map();

/** @type {<Topic extends keyof Topics>(topic: Topic, listen: (message: Topics[Topic]) => unknown) => void} */
export function on(topic, listen) {
  listeners.set(topic, [...(listeners.get(topic) ?? []), listen]);
}

/** @type {<Topic extends keyof Topics>(topic: Topic, ...message: Topics[Topic] extends void ? [] : [Topics[Topic]]) => void} */
export function tell(topic, ...message) {
  for (const listen of listeners.get(topic) ?? []) listen(message[0]);
}
