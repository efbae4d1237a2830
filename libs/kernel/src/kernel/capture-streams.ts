type Write = (name: 'stdout' | 'stderr', text: string) => void;

/** Sends everything that this process writes through `process.stdout` and `process.stderr` to the notebook. */
export function captureStreams(write: Write): void {
  for (const name of ['stdout', 'stderr'] as const) {
    const decoder = new TextDecoder();
    const replacement = (
      chunk: string | Uint8Array,
      encoding?: BufferEncoding | ((error?: Error) => void),
      done?: (error?: Error) => void,
    ): boolean => {
      const text =
        typeof chunk === 'string'
          ? typeof encoding === 'string' && encoding !== 'utf8'
            ? Buffer.from(chunk, encoding).toString()
            : chunk
          : decoder.decode(chunk, { stream: true });
      if (text) write(name, text);
      const callback = typeof encoding === 'function' ? encoding : done;
      if (callback) process.nextTick(callback);
      return true;
    };
    process[name].write = replacement as typeof process.stdout.write;
  }
}
