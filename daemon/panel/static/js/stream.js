/** What the daemon tells, as server-sent events: on("note", (message) => ...). */
const listeners = new Map();
const TOPICS = ["note", "tick", "state", "gauge", "health", "link"];

export function on(topic, listen) {
  if (!listeners.has(topic)) listeners.set(topic, []);
  listeners.get(topic).push(listen);
}

export function tell(topic, message) {
  for (const listen of listeners.get(topic) ?? []) listen(message);
}

export function open() {
  const source = new EventSource("/api/events");
  for (const topic of TOPICS) {
    source.addEventListener(topic, (event) => tell(topic, JSON.parse(event.data)));
  }
  source.addEventListener("error", () => tell("link", { alive: false }));
}
