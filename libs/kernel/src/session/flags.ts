/** Shared memory through which the gateway reaches a busy main thread. */
export type Int32Flags = Int32Array;

/** Places in {@link Int32Flags}. */
export const flag = {
  /** 1: the next loop iteration stops; 2: loops of abandoned cells stop. Compiled cells read place 0. */
  stop: 0,
  /** Odd while a cell runs synchronously, when SIGINT can break it. */
  synchronous: 1,
  /** Number of the latest interrupt. */
  interrupts: 2,
  /** Changes when an answer to `prompt` is there. */
  input: 3,
  /** 1 once the gateway has closed its sockets; ZeroMQ aborts the process if it ends before. */
  closed: 4,
  /** 1 while a debugger wants to know each script before it runs. */
  debugging: 5,
} as const;

export function createFlags(): Int32Flags {
  return new Int32Array(new SharedArrayBuffer(24));
}
