import { digestJson } from '@fovea/files';
import { fold, Stream, type Key } from '@fovea/random';

/** Images that a network can tell apart with few steps: a noisy square whose colour is its class. */
export function colouredImages(
  count: number,
  side: number,
  classes: number,
  key: Key,
): {
  length: number;
  labels: Int32Array;
  digest: string;
  image(index: number): { data: Uint8Array; height: number; width: number; channels: number };
} {
  const labels = Int32Array.from({ length: count }, (_, at) => at % classes);
  return {
    length: count,
    labels,
    digest: digestJson(['coloured images', count, side, classes, [...key]]),
    image: (index) => {
      const draw = new Stream(fold(key, index));
      const data = new Uint8Array(side * side * 3);
      for (let at = 0; at < data.length; at++) {
        const level = at % 3 === labels[index] % 3 ? 200 : labels[index] >= 3 ? 140 : 40;
        data[at] = level + draw.integer(-30, 30);
      }
      return { data, height: side, width: side, channels: 3 };
    },
  };
}
