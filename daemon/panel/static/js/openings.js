/** What Escape closes: of everything that is open, the last one opened. */
const open = [];

/** Note that something is open; `close` closes it when Escape is pressed. Returns what is to be called when it is closed. */
export function opened(close) {
  open.push(close);
  return () => {
    const index = open.indexOf(close);
    if (index >= 0) open.splice(index, 1);
  };
}

/** Close the last one opened; whether there was one. */
export function closeLast() {
  const close = open.at(-1);
  close?.();
  return close !== undefined;
}
