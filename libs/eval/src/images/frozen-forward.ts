import { concatenated } from '@fovea/files';
import { compile, tf, type Tensor, type Tensor4D } from '@fovea/tensorflow';
import { readBack } from '../protocol/read-back.ts';
import type { NetworkBatch } from './eval-images.ts';
import type { Tap } from './tap.ts';

/**
 * Frozen taps as one compiled forward pass over chunks of one size, smaller ones padded, so that one graph serves every call.
 *
 * Call `dispose` at the end.
 */
export class FrozenForward {
  readonly #chunk: number;
  readonly #names: readonly string[];
  readonly #run: ((images: Tensor) => Tensor[]) & { dispose(): void };

  constructor(taps: readonly Tap[], chunk: number) {
    this.#chunk = chunk;
    this.#names = taps.map(({ name }) => name);
    this.#run = compile((images: Tensor) => taps.map((tap) => tap.features(images)), {
      name: 'frozen taps',
    });
  }

  /**
   * Features of a batch, one array a tap, row after row.
   *
   * @param describe - names row i in the message
   * @throws Error for features that are not finite, with the tap and the row
   */
  features(batch: NetworkBatch, describe: (row: number) => string): Float32Array[] {
    const [B, ...rest] = batch.shape;
    const size = rest.reduce((product, length) => product * length, 1);
    const parts: Float32Array[][] = [];
    for (let start = 0; start < B; start += this.#chunk) {
      const rows = Math.min(this.#chunk, B - start);
      const part = batch.data.subarray(start * size, (start + rows) * size);
      const data = rows === this.#chunk ? part : padTo(part, this.#chunk * size);
      const found = readBack<Float32Array>(() =>
        this.#run(tf.tensor4d(data, [this.#chunk, ...rest] as Tensor4D['shape'])),
      );
      parts.push(found.map((all) => all.subarray(0, (all.length / this.#chunk) * rows)));
    }
    return this.#names.map((name, tap) => {
      const all = concatenated(parts.map((part) => part[tap]));
      for (let at = 0; at < all.length; at++) {
        if (!Number.isFinite(all[at])) {
          const row = Math.floor(at / (all.length / B));
          throw new Error(`${name}: ${describe(row)} gives ${all[at]}; the backbone's weights diverged.`);
        }
      }
      return all;
    });
  }

  dispose(): void {
    this.#run.dispose();
  }
}

function padTo(values: Float32Array, length: number): Float32Array {
  const padded = new Float32Array(length);
  padded.set(values);
  return padded;
}
