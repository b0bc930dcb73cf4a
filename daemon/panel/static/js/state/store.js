/** The daemon's state as this page knows it: parameters, their descriptions, transport. */
import { Refused, get } from "./api.js";
import { on, tell } from "./bus.js";
import { decks, learnDecks } from "./decks.js";

const ASKED_MS = 600;

export const store = {
  /** @type {Record<string, Spec>} */
  specs: {},
  /** @type {Params} */
  params: {},
  /** @type {Transport} */
  transport: { state: "stopped", tempo: 128, bar: 0, beat: 0 },
  state: /** @type {State} */ ({}),
  beat: 0,
  at: "now",
  over: 0,
};

let lastFacts = "";
let toldTransport = store.transport;
/** @type {{ state: Transport["state"], timer: number } | null} */
let asked = null; // the transport state requested here, while messages from the daemon may be older than the request

/** Load the daemon's whole state. Return "" or the code of the error that prevents it.
 * @type {() => Promise<string>} */
export async function learn() {
  try {
    const described = await get("describe");
    await learnDecks("deck" in described.ops);
    const { shown } = decks;
    const state = await get("state");
    if (shown !== decks.shown) return learn(); // another deck was chosen meanwhile
    const isOther = JSON.stringify(described.params) !== JSON.stringify(store.specs);
    store.specs = described.params;
    store.state = state;
    lastFacts = "";
    store.params = state.params;
    store.beat = state.transport.beat;
    if (isOther) tell("specs", store.specs); // otherwise the controls are not rebuilt, because one may be in use
    tell("told", store.params);
    showTransport(state.transport);
    tell("pending", state.pending);
    tell("learnt", state);
    tell("facts", state);
    return "";
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return error.code;
  }
}

/** Return when a change begins and how long it glides, as fields of a request. */
export const wish = () => ({ ...(store.at === "now" ? {} : { at: store.at }), ...(store.over ? { over: store.over } : {}) });

/** Show the requested transport state at once, so that the next key press does not wait for the telemetry.
 * @type {(state: Transport["state"]) => void} */
export function askTransport(state) {
  clearTimeout(asked?.timer);
  asked = { state, timer: setTimeout(askNoMore, ASKED_MS) };
  showTransport(toldTransport);
}

/** Show the daemon's transport state again: the request failed, or enough time has passed. */
export function askNoMore() {
  clearTimeout(asked?.timer);
  asked = null;
  showTransport(toldTransport);
}

/** @type {(transport: Transport) => void} */
function showTransport(transport) {
  toldTransport = transport;
  store.transport = { ...transport, state: asked?.state ?? transport.state };
  tell("transport", store.transport);
}

on("deck", () => {
  clearTimeout(asked?.timer);
  asked = null;
});
on("tick", ({ beat }) => { store.beat = beat; });
on("state", ({ params, transport, deck: _deck, decks: _decks, ...facts }) => {
  store.params = params;
  store.beat = transport.beat;
  tell("told", params);
  showTransport(transport);
  if (JSON.stringify(facts) === lastFacts) return;
  lastFacts = JSON.stringify(facts);
  const { model, ...same } = facts;
  store.state = { ...store.state, ...same, models: { ...store.state.models, current: model } };
  tell("pending", facts.pending);
  tell("facts", store.state);
});
