// What was chosen and heard on a screen before it is sent. It outlives a closed page.

const KEY = "edmd-study-draft";

/** @typedef {{ token: string, number: number, ratings: Record<string, number>, heard: number }} Draft */

/** The draft of a screen, or an empty one. @param {string} token @param {number} number @returns {Draft} */
export function draftOf(token, number) {
  try {
    const draft = JSON.parse(localStorage.getItem(KEY) ?? "null");
    if (draft?.token === token && draft.number === number) return draft;
  } catch { /* an unreadable draft counts as none */ }
  return { token, number, ratings: {}, heard: 0 };
}

/** @param {Draft} draft */
export function keepDraft(draft) {
  localStorage.setItem(KEY, JSON.stringify(draft));
}
