import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { key, uniformArray } from '@fovea/random';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SampleSource } from './samples.ts';
import { forgetCheckpoint, trainNetwork, type TrainNetworkOptions } from './train-network.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fovea-train-saliency-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A bright square on noise, at four places. */
const source: SampleSource = {
  name: 'squares',
  digest: 'squares 1',
  length: 4,
  sample: (index) => {
    const inside = (p: number): boolean =>
      Math.abs((p % 32) - 8 - 4 * index) < 6 && Math.abs(Math.floor(p / 32) - 16) < 6;
    const noise = uniformArray(key(index), 32 * 32 * 3);
    const data = Uint8Array.from(
      noise,
      (value, i) => (inside(Math.floor(i / 3)) ? 200 : 0) + Math.floor(50 * value),
    );
    const target = Uint8Array.from({ length: 32 * 32 }, (_, p) => (inside(p) ? 255 : 0));
    return {
      image: { data, width: 32, height: 32, channels: 3 },
      target: { data: target, width: 32, height: 32 },
    };
  },
};

describe('trainNetwork', () => {
  it('ends with the same bits whether it was stopped on its way or not, and learns', async () => {
    const options: TrainNetworkOptions = {
      source, steps: 4, batch: 2, size: 32, seed: 0, learningRate: 2e-3, folder: null, every: 2, label: 'test',
    }; // prettier-ignore
    const whole = await trainNetwork(options);
    expect(whole.losses).toHaveLength(4);
    expect(whole.losses[3]).toBeLessThan(whole.losses[0]);

    const stop = new AbortController();
    const afterStep = (done: number): void => (done === 2 ? stop.abort() : undefined);
    const first = await trainNetwork({ ...options, folder, afterStep, signal: stop.signal });
    expect([first.finished, first.losses.length]).toEqual([false, 2]);
    const second = await trainNetwork({ ...options, folder });
    expect(second.losses).toEqual(whole.losses.slice(2));
    for (const [name, weight] of whole.network.parameters.weights) {
      expect(second.network.parameters.weights.get(name)?.dataSync()).toEqual(weight.dataSync());
    }
    expect(second.digest).toBe(whole.digest);
    forgetCheckpoint(folder, second.digest);
    expect(readdirSync(folder)).toEqual([]);
  }, 120_000);
});
