/** Changes made on this page. They are shown at once, sent together a moment later, and kept while the daemon does not answer. */
import { Refused, ask, post } from "./api.js";
import { decks, ofDeck } from "./decks.js";
import { isAway } from "./presence.js";
import { store, wish } from "./store.js";
import { on, tell } from "./bus.js";

const SETTLING_MS = 500;
const SENDING_MS = 45;
const TICK_SHARE = 15000;

// Parameters that are being changed on this page. Until that is over, values from elsewhere are not shown.
/** @type {Map<string, { value: Value, timer: number | null }>} */
const held = new Map();
/** @type {{ unsent: Map<string, Value>, take: () => Params, send: () => void, flush: () => void }[]} */
const queues = [];

/** Return the value that this page shows: the one set here if the parameter is being changed, else the daemon's.
 * @type {(name: string) => Value} */
export const valueOf = (name) => held.get(name)?.value ?? store.params[name];

/** Change parameters at the time that *Changes begin* names. */
export const change = queue(wish);

/** Change parameters at once, whatever *Changes begin* says. */
export const changeNow = queue(() => ({}));

/** Forget the changes that were kept, and show the daemon's values. */
export function forgetKept() {
  for (const each of queues) letGo(each.take());
  tellKept();
}

/** Make a queue of changes. It holds the last value of each parameter. It sends one request at a time, so that they arrive in order.
 * @type {(when: () => object) => (values: Params) => void} */
function queue(when) {
  /** @type {Map<string, Value>} */
  const unsent = new Map();
  let isSending = false;
  /** @type {Promise<unknown>} */
  let last = Promise.resolve(); // the last request
  const take = () => {
    const values = Object.fromEntries(unsent);
    unsent.clear();
    return values;
  };
  const send = async () => {
    if (isSending) return;
    isSending = true;
    try {
      while (unsent.size > 0 && !isAway()) {
        await new Promise((done) => { setTimeout(done, SENDING_MS); });
        const values = isAway() ? {} : take();
        const sent = Object.keys(values).length > 0 ? sendValues(values) : Promise.resolve(true);
        last = sent;
        if (!(await sent)) break;
      }
    } finally {
      isSending = false;
    }
    tellKept();
  };
  /** Send values. Return whether an answer came. Without one, the values go back to the queue, unless they were changed again.
   * @type {(values: Params) => Promise<boolean>} */
  const sendValues = async (values) => {
    const { shown } = decks;
    try {
      await post("set", { params: values, ...when() });
      if (shown === decks.shown) settle(values, unsent);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      if (error.isSilence) setTimeout(() => tell("silence"));
      if (error.isSilence && shown === decks.shown) {
        for (const [name, value] of Object.entries(values)) if (!unsent.has(name)) unsent.set(name, value);
        return false;
      }
      tell("refused", error.message);
      if (shown === decks.shown) letGo(Object.fromEntries(Object.entries(values).filter(([name]) => !unsent.has(name))));
    }
    return true;
  };
  /** Send what is unsent to the deck that this page shows now, whatever it shows when the request goes out. */
  const flush = () => {
    const [values, about] = [take(), { ...when(), ...ofDeck() }];
    if (Object.keys(values).length === 0) return;
    if (isAway()) return tell("refused", `changes of ${decks.shown} were not sent`);
    last = last.then(() => ask("set", { params: values, ...about }, "The last changes were not answered"));
  };
  queues.push({ unsent, take, send, flush });
  return (values) => {
    for (const [name, value] of Object.entries(values)) {
      for (const other of queues) other.unsent.delete(name);
      clearTimeout(held.get(name)?.timer ?? undefined);
      unsent.set(name, value);
      held.set(name, { value, timer: null });
    }
    tell("params", values);
    if (isAway()) tellKept();
    else send();
  };
}

/** Show the sent values until the daemon has certainly reported them. A value that was changed again is shown for longer.
 * @type {(values: Params, unsent: Map<string, Value>) => void} */
function settle(values, unsent) {
  const names = Object.keys(values).filter((name) => !unsent.has(name) && held.get(name)?.timer === null);
  // The daemon reports a change at most one tick later.
  const settling = Math.max(SETTLING_MS, SETTLING_MS / 2 + TICK_SHARE / store.transport.tempo);
  const timer = setTimeout(() => letGo(Object.fromEntries(names.map((name) => [name, 0])), timer), settling);
  for (const name of names) {
    const own = held.get(name);
    if (own) own.timer = timer;
  }
}

/** @type {(values: Params, timer?: number | null) => void} */
function letGo(values, timer = null) {
  const names = Object.keys(values).filter((name) => held.has(name) && (timer === null || held.get(name)?.timer === timer));
  for (const name of names) held.delete(name);
  tell("params", Object.fromEntries(names.map((name) => [name, store.params[name]])));
}

const tellKept = () => tell("kept", isAway() ? queues.flatMap(({ unsent }) => [...unsent.keys()]) : []);

on("told", (params) => {
  tell("params", Object.fromEntries(Object.entries(params).filter(([name]) => !held.has(name))));
});
on("deck leaves", () => {
  for (const { flush } of queues) flush();
  held.clear();
});
on("in step", () => queues.forEach(({ send }) => send()));
on("presence", tellKept);
