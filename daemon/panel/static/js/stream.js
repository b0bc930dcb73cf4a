/** What the daemon tells, as server-sent events: on("note", (message) => ...); and what parts of the page tell another. */
const listeners = new Map();
const AGAIN_MS = 700;
const CROWDED_MS = 3000;
// The panel says something five times a second. One that is silent for so long is told of; after a while it is called again.
const SILENT_MS = 2000;
const GONE_MS = 4000;

export function on(topic, listen) {
  if (!listeners.has(topic)) listeners.set(topic, []);
  listeners.get(topic).push(listen);
}

export function tell(topic, message) {
  for (const listen of listeners.get(topic) ?? []) listen(message);
}

let isWanted = true;
let hasHungUp = false;
let current = null;
let trouble = "";
let wake = () => {};

/** Hang up, or call again: a page that nobody sees or hears keeps no connection. */
export function want(isSo) {
  isWanted = isSo;
  if (isSo) return wake();
  hasHungUp = true;
  tell("hung up");
  current?.abort();
}

/** Listen for ever. An EventSource gives up for good when it is refused, and does not say why: this one asks again. */
export async function listenForEver() {
  for (;;) {
    if (!isWanted) await new Promise((called) => { wake = called; });
    hasHungUp = false;
    const ended = await hear();
    if (hasHungUp) continue;
    turn(ended);
    await new Promise((done) => { setTimeout(done, ended === "crowded" ? CROWDED_MS : AGAIN_MS); });
  }
}

function turn(name) {
  if (name === trouble) return;
  trouble = name;
  tell("trouble", name);
}

/** Hear until it ends; then who is to blame: "panel", or "crowded". */
async function hear() {
  current = new AbortController();
  const asked = fetch("/api/events", { signal: current.signal, cache: "no-store" }).catch(() => null);
  const reply = await within([[GONE_MS, () => current.abort()]], asked);
  if (reply?.status === 401) location.reload(); // which leads to the door
  if (!reply?.ok) return blame(reply);
  turn("");
  await read(reply.body.pipeThrough(new TextDecoderStream()).getReader());
  return "panel";
}

async function blame(reply) {
  const told = await reply?.json().catch(() => null); // a proxy answers in words of its own
  return told?.error?.code === "crowded" ? "crowded" : "panel";
}

async function read(reader) {
  let text = "";
  for (;;) {
    const more = reader.read().catch(() => ({ done: true }));
    const { done, value } = await within([[SILENT_MS, () => turn("panel")], [GONE_MS, () => current.abort()]], more);
    if (done) return;
    turn("");
    tell("heard");
    const events = (text + value).split("\n\n");
    text = events.pop();
    events.forEach(dispatch);
  }
}

/** What `promise` comes to; what is to be done when it has not come after so many milliseconds. */
async function within(limits, promise) {
  const timers = limits.map(([milliseconds, act]) => setTimeout(act, milliseconds));
  const result = await promise;
  timers.forEach(clearTimeout);
  return result;
}

function dispatch(event) {
  const [, topic, data] = /^event: (.*)\ndata: (.*)$/.exec(event) ?? [];
  if (topic === undefined) return;
  try {
    tell(topic, JSON.parse(data));
  } catch (error) {
    reportError(error); // one that listens and fails does not end what the others hear
  }
}
