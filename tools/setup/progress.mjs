const refreshMs = 200;
const plainLineMs = 20_000;

/** @typedef {ReturnType<typeof createProgress>} Progress */

/**
 * One line a step: rewritten in place on a terminal, plain elsewhere.
 *
 * @param {NodeJS.WriteStream} [stream]
 */
export function createProgress(stream = process.stdout) {
  let label = '';
  let detail = '';
  let startedAt = 0;
  /** @type {NodeJS.Timeout | undefined} */
  let timer;

  const seconds = () => `${((performance.now() - startedAt) / 1000).toFixed(1)} s`;
  const erase = () => (stream.isTTY ? '\r\x1b[2K' : '');
  const draw = () => {
    const text = `… ${label} ${seconds()}${detail && `: ${detail}`}`;
    stream.write(stream.isTTY ? `${erase()}${text.slice(0, (stream.columns ?? 80) - 1)}` : `${text}\n`);
  };
  const stop = () => {
    clearInterval(timer);
    timer = undefined;
  };

  return {
    /** @param {string} name */
    start(name) {
      label = name;
      detail = '';
      startedAt = performance.now();
      timer = setInterval(draw, stream.isTTY ? refreshMs : plainLineMs);
    },
    /** @param {string} text */
    detail(text) {
      detail = text;
    },
    /** @param {string} [note] */
    done(note = '') {
      stop();
      stream.write(`${erase()}✓ ${label} ${seconds()}${note && `: ${note}`}\n`);
    },
    /** @param {string} text */
    line(text) {
      stream.write(`${erase()}${text}\n`);
    },
    /** @param {string} message */
    fail(message) {
      stop();
      stream.write(erase());
      console.error(message);
    },
  };
}
