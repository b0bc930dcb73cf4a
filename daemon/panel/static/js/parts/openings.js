/** The open things that Escape closes, the last one opened first.
 * @type {(() => void)[]} */
const open = [];

/** Note that something was opened. Escape calls `close`. Return a function that notes that it was closed.
 * @type {(close: () => void) => () => void} */
export function opened(close) {
  open.push(close);
  return () => {
    const index = open.indexOf(close);
    if (index >= 0) open.splice(index, 1);
  };
}

/** Close the last thing opened. Return whether there was one. */
export function closeLast() {
  const close = open.at(-1);
  close?.();
  return close !== undefined;
}
