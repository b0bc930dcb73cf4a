/** The decks of the daemon, and the one that this page shows and controls. Its name goes with every request. */
import { get, setDeck } from "./api.js";
import { on, tell } from "./bus.js";
import { askNow } from "./now.js";
import { isAway, whoIsAway } from "./presence.js";

const STORED = "edmd-deck";

export const decks = {
  /** @type {string[]} The first one is shown if this page has chosen none. */
  names: [],
  shown: sessionStorage.getItem(STORED) ?? "",
  canChange: false,
};
/** @type {Set<string>} The decks that play, apart from the shown one. */
const playing = new Set();

/** Load the names of the decks. Throws Refused if the request fails.
 * @type {(canChange: boolean) => Promise<void>} */
export async function learnDecks(canChange) {
  decks.canChange = canChange;
  /** @type {ListedDeck[]} */
  const listed = canChange ? (await get("decks")).decks : [];
  playing.clear();
  for (const { name, state } of listed) if (state === "playing") playing.add(name);
  take(listed.map(({ name }) => name));
  tell("decks", decks.names);
}

/** Show another deck.
 * @type {(name: string) => void} */
export function showDeck(name) {
  if (name === decks.shown) return;
  if (isAway()) return tell("refused", `${name} was not shown: ${whoIsAway()}.`);
  take(decks.names, name);
  tell("stale");
}

/** Add a deck and show it. */
export async function addDeck() {
  const name = freeName();
  if ((await askNow("deck", { action: "add", name }, "Add a deck")) === undefined) return;
  take([...decks.names.filter((each) => each !== name), name], name);
  tell("stale");
}

/** Remove a deck. If this page shows it, show its neighbour.
 * @type {(name: string) => Promise<void>} */
export async function removeDeck(name) {
  if ((await askNow("deck", { action: "remove", name }, `Remove ${name}`)) === undefined) return;
  const index = decks.names.indexOf(name);
  const left = decks.names.filter((each) => each !== name);
  take(left, decks.shown === name ? left[Math.min(index, left.length - 1)] : decks.shown);
  tell("stale");
}

/** Return the shown deck, if there are several, as a field of a request that is sent later, when this page may show another.
 * @type {() => { deck?: string }} */
export const ofDeck = () => (decks.names.length > 1 ? { deck: decks.shown } : {});

/** Whether a message is about the deck that this page shows. Messages of an only deck carry no name.
 * @type {(deck: string | undefined) => boolean} */
export const isShown = (deck) => deck === undefined || deck === decks.shown;

/** Return whether another deck plays.
 * @type {(name: string) => boolean} */
export const isPlaying = (name) => playing.has(name);

/** @type {(names: string[], wanted?: string) => void} */
function take(names, wanted = decks.shown) {
  const next = names.includes(wanted) ? wanted : names[0] ?? "";
  const isOther = next !== decks.shown;
  if (isOther) tell("deck leaves");
  const before = decks.names;
  decks.names = names;
  decks.shown = next;
  setDeck(names.length > 1 ? next : "");
  sessionStorage.setItem(STORED, next);
  if (isOther) tell("deck", next);
  if (isOther || names.join("\n") !== before.join("\n")) tell("decks", names);
}

function freeName() {
  let number = decks.names.length + 1;
  while (decks.names.includes(`deck${number}`)) number += 1;
  return `deck${number}`;
}

// Another user may have added or removed a deck.
on("state", ({ deck, decks: names = deck === undefined ? decks.names.slice(0, 1) : [deck] }) => {
  if (names.join("\n") !== decks.names.join("\n")) tell("stale");
});
on("tick", ({ deck }) => {
  if (deck === undefined && decks.names.length > 1) tell("stale"); // one deck is left
});
on("elsewhere", ({ topic, deck, message }) => {
  if (!decks.names.includes(deck)) return tell("stale");
  if (topic !== "state") return;
  const was = playing.has(deck);
  if (/** @type {StateChange} */ (message).transport.state === "playing") playing.add(deck);
  else playing.delete(deck);
  if (was !== playing.has(deck)) tell("decks", decks.names);
});
