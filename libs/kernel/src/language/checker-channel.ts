import type { API } from 'typescript-native/unstable/sync';

/** The way to the compiler's process; it is not part of its interface, so every part may be missing. */
interface Channel {
  readTuple?: () => unknown;
  handleCall?: (name: string, path: Buffer) => unknown;
  writeTuple?: (type: number, name: Buffer, answer: Buffer) => void;
}

export function channelOf(api: API): Channel | undefined {
  return (api as unknown as { client?: { channel?: Channel } }).client?.channel;
}

/**
 * A package's types are thousands of questions for files that are not ours: they get their empty answer, which sends the compiler to the
 * disk, without being decoded first.
 */
export function answerAtOnce(channel: Channel | undefined): void {
  const { handleCall, writeTuple } = channel ?? {};
  if (!channel || !handleCall || !writeTuple) return;
  const callResponse = 2;
  const names: Record<string, Buffer> = {
    readFile: Buffer.from('readFile'),
    fileExists: Buffer.from('fileExists'),
  };
  const nothing = Buffer.alloc(0);
  channel.handleCall = (name, path) => {
    const known = names[name];
    // Our own files' names begin with two underscores.
    if (!known || path.includes('/__')) handleCall.call(channel, name, path);
    else writeTuple.call(channel, callResponse, known, nothing);
  };
}
