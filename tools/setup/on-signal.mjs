/**
 * Handles the first signal that asks this process to end, then ends it with the usual status.
 *
 * @param {(signal: string) => void} handle
 * @returns {() => void} ends the listening
 */
export function onSignal(handle) {
  /** @type {[NodeJS.Signals, number][]} */
  const signals = [
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ];
  const listeners = signals.map(([signal, status]) => {
    const listener = () => {
      handle(signal);
      process.exit(status);
    };
    process.once(signal, listener);
    return /** @type {const} */ ([signal, listener]);
  });
  return () => listeners.forEach(([signal, listener]) => process.off(signal, listener));
}
