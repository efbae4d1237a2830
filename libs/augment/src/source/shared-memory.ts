import type { LoadableImages, LoadablePlanes, SourceGuide } from './view-source-options.ts';

/** What is used of the engine's WebAssembly, which the types of Node 20 leave out. */
interface Engine {
  readonly Memory: new (size: { initial: number; maximum: number; shared: true }) => {
    readonly buffer: SharedArrayBuffer;
  };
}

/** TensorFlow reads a typed array in place when it begins at a multiple of this; it copies others. */
const ALIGNMENT = 64;

/** Typed arrays of these shapes in one piece of shared memory, laid so that TensorFlow takes them without a copy. */
export function sharedArrays(
  wanted: readonly { readonly type: 'float32' | 'int32'; readonly shape: readonly number[] }[],
): (Float32Array | Int32Array)[] {
  const lengths = wanted.map(({ shape }) => shape.reduce((product, size) => product * size, 1));
  const offsets: number[] = [];
  let end = 0;
  for (const length of lengths) {
    offsets.push(end);
    end += Math.ceil((length * 4) / ALIGNMENT) * ALIGNMENT;
  }
  const memory = alignedMemory(end);
  return wanted.map(({ type }, place) =>
    type === 'float32'
      ? new Float32Array(memory, offsets[place], lengths[place])
      : new Int32Array(memory, offsets[place], lengths[place]),
  );
}

/** Memory of WebAssembly begins at a page; where the engine gives none (over 4 GiB), ordinary shared memory, which is copied. */
function alignedMemory(bytes: number): SharedArrayBuffer {
  const pages = Math.ceil(bytes / 65_536);
  try {
    const { Memory } = Reflect.get(globalThis, 'WebAssembly') as Engine;
    return new Memory({ initial: pages, maximum: pages, shared: true }).buffer;
  } catch {
    return new SharedArrayBuffer(bytes);
  }
}

/** Images in shared memory: the same ones where they lie there already, else a copy. Other fields of a set stay behind. */
export function sharedImages({ images, length, height, width, channels }: LoadableImages): LoadableImages {
  return { images: shared(images), length, height, width, channels };
}

/** Maps in shared memory. */
export function sharedPlanes({ planes, height, width }: LoadablePlanes): LoadablePlanes {
  return { planes: shared(planes), height, width };
}

/** A guide whose maps lie in shared memory. */
export function sharedGuide(guide: SourceGuide): SourceGuide {
  return guide.kind === 'maps' ? { ...guide, maps: sharedPlanes(guide.maps) } : guide;
}

function shared<T extends Uint8Array | Float32Array>(values: T): T {
  if (values.buffer instanceof SharedArrayBuffer) return values;
  const memory = new SharedArrayBuffer(values.byteLength);
  const copy = values instanceof Uint8Array ? new Uint8Array(memory) : new Float32Array(memory);
  copy.set(values);
  return copy as T;
}
