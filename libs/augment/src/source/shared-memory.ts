import type { LoadableImages, LoadablePlanes, SourceGuide } from './view-source-options.ts';

/** A typed array of a shape in shared memory. */
export function sharedArray(type: 'float32' | 'int32', shape: readonly number[]): Float32Array | Int32Array {
  const memory = new SharedArrayBuffer(shape.reduce((product, size) => product * size, 4));
  return type === 'float32' ? new Float32Array(memory) : new Int32Array(memory);
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
