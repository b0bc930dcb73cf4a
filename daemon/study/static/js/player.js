// The player of one clip. The clip is loaded whole before it plays, so the network cannot interrupt it.

import { pause } from "./api.js";
import { make } from "./dom.js";
import { text } from "./texts.js";

const RETRY_MS = 2000;
const LONGEST_STEP_S = 2; // a longer step in the clip's time is a jump, not listening

/**
 * @param {{ clip: string, seconds: number, least_heard: number }} screen @param {number} heard
 * @param {(heard: number) => void} listened @param {(key: string) => void} trouble
 */
export function player(screen, heard, listened, trouble) {
  const audio = new Audio();
  const button = make("button", { type: "button", class: "main", id: "play", "aria-disabled": "true" });
  const bar = make("progress", { max: String(screen.seconds), value: "0" });
  const told = make("p", { class: "small", id: "heard" });
  const gone = new AbortController();
  let [last, isLoaded, hasEnded] = [0, false, false];

  /** Write all that the player shows; also after a change of language. */
  function show() {
    const rest = hasEnded ? "again" : "play";
    button.textContent = text(!isLoaded ? "loading" : audio.paused ? rest : "pause");
    bar.setAttribute("aria-label", text("position"));
    const numbers = { heard: Math.min(Math.floor(heard), screen.seconds), seconds: screen.seconds, least: Math.ceil(screen.least_heard) };
    told.textContent = text(heard < screen.least_heard ? "heard" : "heard_enough", numbers);
  }

  audio.addEventListener("timeupdate", () => {
    const step = audio.currentTime - last;
    last = audio.currentTime;
    bar.value = Math.min(last, screen.seconds);
    if (step <= 0 || step > LONGEST_STEP_S) return;
    heard += step;
    show();
    listened(heard);
  });
  audio.addEventListener("play", () => { hasEnded = false; show(); });
  audio.addEventListener("pause", show);
  audio.addEventListener("ended", () => { hasEnded = true; last = 0; show(); });
  audio.addEventListener("error", () => { if (isLoaded && !gone.signal.aborted) trouble("unplayable"); });
  button.addEventListener("click", () => {
    if (!isLoaded) return;
    if (audio.paused) audio.play().catch(() => { if (!gone.signal.aborted) trouble("unplayable"); });
    else audio.pause();
  });

  /** Fetch the clip, again and again until it is there. */
  async function loadClip() {
    while (!gone.signal.aborted) {
      try {
        const answer = await fetch(screen.clip, { signal: gone.signal });
        if (answer.ok) {
          audio.src = URL.createObjectURL(await answer.blob());
          isLoaded = true;
          trouble("");
          button.removeAttribute("aria-disabled");
          show();
          return;
        }
      } catch { /* not reached: as any other failure */ }
      if (gone.signal.aborted) return;
      trouble("clip_failed");
      await pause(RETRY_MS);
    }
  }

  /** Stop and free the clip. */
  function close() {
    gone.abort();
    audio.pause();
    URL.revokeObjectURL(audio.src);
  }

  show();
  void loadClip();
  return { element: make("div", { class: "player" }, button, bar, told), show, close };
}
