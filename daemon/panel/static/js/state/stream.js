/** Reads the messages of the daemon (server-sent events), and passes each on under its topic. */
import { tell } from "./bus.js";
import { isShown } from "./decks.js";

const AGAIN_MS = 700;
const CROWDED_MS = 3000;
// The panel sends a message at least five times a second. After the first time without one the banner says so; after the second,
// the page connects again.
const SILENT_MS = 2000;
const GONE_MS = 4000;

let isWanted = true;
let hasHungUp = false;
/** @type {AbortController | null} */
let current = null;
/** @type {Topics["trouble"]} */
let trouble = "";
/** @type {() => void} */
let wake = () => {};

/** Connect if `isSo`, else disconnect. A page that is neither visible nor listening keeps no connection.
 * @type {(isSo: boolean) => void} */
export function want(isSo) {
  isWanted = isSo;
  if (isSo) return wake();
  hasHungUp = true;
  tell("hung up");
  current?.abort();
}

/** Read events for ever, and connect again after each end. An EventSource would give up after a refusal, and not say why. */
export async function listenForEver() {
  for (;;) {
    if (!isWanted) await new Promise((/** @type {(value?: unknown) => void} */ called) => { wake = called; });
    hasHungUp = false;
    const ended = await hear();
    if (hasHungUp) continue;
    turn(ended);
    await new Promise((done) => { setTimeout(done, ended === "crowded" ? CROWDED_MS : AGAIN_MS); });
  }
}

/** @type {(name: Topics["trouble"]) => void} */
function turn(name) {
  if (name === trouble) return;
  trouble = name;
  tell("trouble", name);
}

/** Read events until the connection ends. Return the reason: "panel" or "crowded".
 * @type {() => Promise<"panel" | "crowded">} */
async function hear() {
  const connection = current = new AbortController();
  const asked = fetch("/api/events", { signal: connection.signal, cache: "no-store" }).catch(() => null);
  const reply = await within([[GONE_MS, () => connection.abort()]], asked);
  if (reply?.status === 401) location.reload(); // leads to the login page
  if (!reply?.ok || !reply.body) return blame(reply);
  turn("");
  await read(reply.body.pipeThrough(new TextDecoderStream()).getReader());
  return "panel";
}

/** @type {(reply: Response | null) => Promise<"panel" | "crowded">} */
async function blame(reply) {
  const told = await reply?.json().catch(() => null); // a proxy's answer is not JSON
  return told?.error?.code === "crowded" ? "crowded" : "panel";
}

/** @type {(reader: ReadableStreamDefaultReader<string>) => Promise<void>} */
async function read(reader) {
  let text = "";
  for (;;) {
    const more = reader.read().catch(() => ({ done: true, value: "" }));
    const { done, value } = await within([[SILENT_MS, () => turn("panel")], [GONE_MS, () => current?.abort()]], more);
    if (done) return;
    turn("");
    tell("heard");
    const events = (text + value).split("\n\n");
    text = events.pop() ?? "";
    events.forEach(dispatch);
  }
}

/** Return the result of `promise`. Each of `limits` is [milliseconds, act]: `act` is called if the result takes longer.
 * @type {<T>(limits: [number, () => void][], promise: Promise<T>) => Promise<T>} */
async function within(limits, promise) {
  const timers = limits.map(([milliseconds, act]) => setTimeout(act, milliseconds));
  const result = await promise;
  timers.forEach(clearTimeout);
  return result;
}

/** @type {(event: string) => void} */
function dispatch(event) {
  const [, topic, data] = /^event: (.*)\ndata: (.*)$/.exec(event) ?? [];
  if (topic === undefined) return;
  try {
    const message = JSON.parse(data);
    if (isShown(message.deck)) tell(/** @type {keyof Topics} */ (topic), message);
    else tell("elsewhere", { topic, deck: message.deck, message });
  } catch (error) {
    reportError(error); // an error in one listener must not end the stream
  }
}
