/**
 * Globals that a cell reads directly: the language's own, and the few of Node that hot loops touch.
 *
 * Every other free name goes through its binding, so that a closure sees what a later cell declares under that name.
 * These stay native until a cell declares the name itself; from that cell on the notebook's own one counts.
 */
export const rawGlobals: ReadonlySet<string> = new Set(
  `AggregateError Array ArrayBuffer Atomics BigInt BigInt64Array BigUint64Array Boolean DataView Date Error
  EvalError FinalizationRegistry Float32Array Float64Array Function Infinity Int16Array Int32Array Int8Array Intl
  Iterator JSON Map Math NaN Number Object Promise Proxy RangeError ReferenceError Reflect RegExp Set
  SharedArrayBuffer String Symbol SyntaxError TypeError URIError Uint16Array Uint32Array Uint8Array
  Uint8ClampedArray WeakMap WeakRef WeakSet console process Buffer globalThis undefined parseFloat parseInt
  isNaN isFinite eval arguments`.split(/\s+/),
);
