/** A value of a pickle: what the archives of CIFAR hold, nothing else. */
export type PickleValue =
  null | boolean | number | string | PickleArray | PickleValue[] | Map<PickleValue, PickleValue>;

/** A numpy array of bytes, in C order. */
export interface PickleArray {
  readonly shape: readonly number[];
  readonly data: Uint8Array;
}

/**
 * Reads a Python pickle (protocol 2, as Python 2 wrote it) of dictionaries, lists, integers, texts and numpy arrays of bytes. Nothing is executed: a class other than numpy's
 * array and dtype is refused. Byte strings become texts of one character a byte.
 *
 * @throws Error naming the position of an instruction that is unknown, refused or cut short
 *
 * Source: Python's `pickletools`; numpy's `ndarray.__reduce__`.
 */
export function readPickle(bytes: Uint8Array): PickleValue {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const stack: unknown[] = [];
  const memo = new Map<number, unknown>();
  let at = 0;
  const fail = (why: string): never => {
    throw new Error(`readPickle: ${why} at byte ${at} of ${bytes.length}.`);
  };
  const take = (count: number): Uint8Array => {
    if (at + count > bytes.length) fail('the file is cut short');
    at += count;
    return bytes.subarray(at - count, at);
  };
  const number = (count: 1 | 2 | 4): number => {
    const start = at;
    take(count);
    return count === 1
      ? view.getUint8(start)
      : count === 2
        ? view.getUint16(start, true)
        : view.getUint32(start, true);
  };
  const line = (): string => {
    const end = bytes.indexOf(10, at);
    if (end < 0) fail('the file is cut short');
    const text = Buffer.from(take(end - at)).toString('latin1');
    at++;
    return text;
  };
  const sinceMark = (): unknown[] => {
    const mark = stack.lastIndexOf(MARK);
    if (mark < 0) fail('a mark is missing');
    const items = stack.splice(mark);
    return items.slice(1);
  };
  const tuple = (count: number): number => stack.push(stack.splice(stack.length - count));
  for (;;) {
    const start = at;
    const code = String.fromCharCode(number(1));
    switch (code) {
      case '\x80':
        if (number(1) > 2) fail('only protocols up to 2 are read; found a later one');
        break;
      case '}':
        stack.push(new Map());
        break;
      case ']':
        stack.push([]);
        break;
      case '(':
        stack.push(MARK);
        break;
      case 'q':
        memo.set(number(1), stack.at(-1));
        break;
      case 'r':
        memo.set(number(4), stack.at(-1));
        break;
      case 'h':
        stack.push(memo.get(number(1)));
        break;
      case 'j':
        stack.push(memo.get(number(4)));
        break;
      case 'K':
        stack.push(number(1));
        break;
      case 'M':
        stack.push(number(2));
        break;
      case 'J':
        stack.push(number(4) | 0);
        break;
      case 'U':
        stack.push(text(take(number(1))));
        break;
      case 'T':
        stack.push(text(take(number(4))));
        break;
      case 'X':
        stack.push(Buffer.from(take(number(4))).toString('utf8'));
        break;
      case 'N':
        stack.push(null);
        break;
      case '\x88':
        stack.push(true);
        break;
      case '\x89':
        stack.push(false);
        break;
      case 'a': {
        const item = stack.pop();
        (stack.at(-1) as unknown[]).push(item);
        break;
      }
      case 'e': {
        const items = sinceMark();
        (stack.at(-1) as unknown[]).push(...items);
        break;
      }
      case 's': {
        const [name, value] = stack.splice(-2);
        (stack.at(-1) as Map<unknown, unknown>).set(name, value);
        break;
      }
      case 'u': {
        const items = sinceMark();
        for (let i = 0; i < items.length; i += 2)
          (stack.at(-1) as Map<unknown, unknown>).set(items[i], items[i + 1]);
        break;
      }
      case 't':
        stack.push(sinceMark());
        break;
      case ')':
        tuple(0);
        break;
      case '\x85':
        tuple(1);
        break;
      case '\x86':
        tuple(2);
        break;
      case '\x87':
        tuple(3);
        break;
      case 'c': {
        const name = `${line()}.${line()}`;
        if (!MAKERS.has(name)) fail(`${name} is refused`);
        stack.push(name);
        break;
      }
      case 'R': {
        const [maker, args] = stack.splice(-2) as [string, unknown[]];
        stack.push(maker === 'numpy.dtype' ? { dtype: args[0] } : { shape: [], data: new Uint8Array(0) });
        break;
      }
      case 'b': {
        const state = stack.pop() as unknown[];
        const target = stack.pop() as object;
        stack.push('dtype' in target ? target : build(state, fail));
        break;
      }
      case '.':
        return stack.pop() as PickleValue;
      default:
        at = start;
        fail(`instruction 0x${code.charCodeAt(0).toString(16)} is not read here`);
    }
  }
}

const MARK = Symbol('mark');
const MAKERS = new Set(['numpy.core.multiarray._reconstruct', 'numpy.ndarray', 'numpy.dtype']);

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1');
}

function build(state: unknown[], fail: (why: string) => never): PickleArray {
  const [, shape, type, fortran, raw] = state as [number, number[], { dtype: string }, boolean, string];
  if (type.dtype !== 'u1' || fortran)
    fail(`an array of ${type.dtype}${fortran ? ' in Fortran order' : ''} is not read here`);
  const data = new Uint8Array(Buffer.from(raw, 'latin1'));
  if (data.length !== shape.reduce((product, size) => product * size, 1))
    fail(`an array of ${shape.join(' x ')} has ${data.length} bytes`);
  return { shape, data };
}
