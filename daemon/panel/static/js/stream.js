/** What the daemon tells, as server-sent events: on("note", (message) => ...); and what parts of the page tell another. */
const listeners = new Map();
const AGAIN_MS = 700;
const CROWDED_MS = 3000;
const SILENT_MS = 15000;

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
let wake = () => {};

/** Hang up, or call again: a page that nobody sees or hears keeps no connection. */
export function want(isSo) {
  isWanted = isSo;
  if (isSo) return wake();
  hasHungUp = true;
  current?.abort();
}

/** Listen for ever. An EventSource gives up for good when it is refused, and does not say why: this one asks again. */
export async function listenForEver() {
  for (;;) {
    if (!isWanted) await new Promise((called) => { wake = called; });
    hasHungUp = false;
    const trouble = await hear();
    if (hasHungUp) continue;
    tell("trouble", trouble);
    await new Promise((done) => { setTimeout(done, trouble === "crowded" ? CROWDED_MS : AGAIN_MS); });
  }
}

/** Hear until it ends; then who is to blame: "panel", or "crowded". */
async function hear() {
  current = new AbortController();
  const reply = await fetch("/api/events", { signal: current.signal, cache: "no-store" }).catch(() => null);
  if (reply?.status === 401) location.reload(); // which leads to the door
  if (!reply?.ok) return blame(reply);
  tell("trouble", "");
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
    // The panel says something every five seconds: one that is silent for longer is not there any more.
    const patience = setTimeout(() => current.abort(), SILENT_MS);
    const { done, value } = await reader.read().catch(() => ({ done: true }));
    clearTimeout(patience);
    if (done) return;
    const events = (text + value).split("\n\n");
    text = events.pop();
    events.forEach(dispatch);
  }
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
