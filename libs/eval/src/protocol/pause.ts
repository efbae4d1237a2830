/** Lets what waits run first: a progress line draws, an interrupt arrives. */
export function pause(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
