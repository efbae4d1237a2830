import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { disc, discMask, meansInAndOut, picture } from '../testing/pictures.ts';
import { onnxSaliency, type OnnxRuntime } from './onnx-saliency.ts';

let folder = '';
let model = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'fovea-onnx-'));
  model = join(folder, 'red.onnx');
  writeFileSync(model, channelMeanModel(16));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Whether ONNX Runtime is here; it is optional. */
function hasRuntime(): boolean {
  try {
    createRequire(import.meta.url).resolve(process.env.FOVEA_ONNXRUNTIME ?? 'onnxruntime-node');
    return true;
  } catch {
    console.log('onnxSaliency: the real runtime is not tested, onnxruntime-node is not installed.');
    return false;
  }
}

/** A runtime whose model gives back its first channel. */
const firstChannel: OnnxRuntime = {
  Tensor: class {
    readonly data: Float32Array;
    readonly dims: readonly number[];
    constructor(_: 'float32', data: Float32Array, dims: readonly number[]) {
      this.data = data;
      this.dims = dims;
    }
  },
  InferenceSession: {
    create: () =>
      Promise.resolve({
        inputNames: ['image'],
        outputNames: ['map', 'side'],
        run: ({ image: { data, dims } }) => {
          const [, , h, w] = dims;
          const map = { data: (data as Float32Array).slice(0, h * w), dims: [1, 1, h, w] };
          return Promise.resolve({ map, side: { data, dims } });
        },
      }),
  },
};

describe('onnxSaliency', () => {
  it('feeds planes in order, scales the map to [0, 1] and brings it to the size of the image', async () => {
    const net = await onnxSaliency(model, { size: 48, runtime: firstChannel });
    const map = await net.map(disc());
    expect([map.width, map.height]).toEqual([96, 96]);
    const [inside, outside] = meansInAndOut(map, discMask());
    expect(inside).toBeGreaterThan(0.8);
    expect(outside).toBeLessThan(0.2);
    expect(net.settings).toMatchObject({ size: 48, output: 'map', scale: true });
    await net.dispose();
  });
  it('takes logits and values that are no scale of anything', async () => {
    const plain = await onnxSaliency(model, {
      size: 4, mean: [0, 0, 0], std: [1, 1, 1], sigmoid: true, scale: false, runtime: firstChannel,
    }); // prettier-ignore
    const map = await plain.map(picture(4, 4, (c) => [c === 0 ? 255 : 0, 0, 0]));
    expect(map.data[0]).toBeCloseTo(1 / (1 + Math.exp(-1)), 5);
    expect(map.data[1]).toBeCloseTo(0.5, 5);
  });
  it('is all zero for a constant image, and says what is wrong', async () => {
    const net = await onnxSaliency(model, { runtime: firstChannel });
    const flat = await net.map(picture(5, 4, () => [1, 2, 3]));
    expect(flat.data.every((value) => value === 0)).toBe(true);
    await expect(onnxSaliency(model, { runtime: firstChannel, output: 'x' })).rejects.toThrow(
      'has no output x; there are map, side',
    );
    const side = await onnxSaliency(model, { runtime: firstChannel, output: 'side', size: 8 });
    await expect(side.map(disc())).rejects.toThrow('must be one float32 map [1, 1, h, w], got [1, 3, 8, 8]');
    await expect(onnxSaliency(join(folder, 'none.onnx'), { runtime: firstChannel })).rejects.toThrow(
      'none.onnx',
    );
    await expect(onnxSaliency(model, { side: 3 } as object)).rejects.toThrow('no option side');
  });
  it.skipIf(!hasRuntime())('runs a real model: the mean of the channels', async () => {
    const net = await onnxSaliency(model, { size: 16, mean: [0, 0, 0], std: [1, 1, 1], scale: false });
    const map = await net.map(picture(16, 16, (c, r) => [16 * c, 16 * r, 0]));
    map.data.forEach((value, p) =>
      expect(value).toBeCloseTo((16 * (p % 16) + 16 * Math.floor(p / 16)) / 3 / 255, 4),
    );
    await net.dispose();
  });
});

/** The bytes of an ONNX model (protocol buffers): ReduceMean over the channels of [1, 3, side, side]. */
function channelMeanModel(side: number): Uint8Array {
  const varint = (value: number): number[] =>
    value < 128 ? [value] : [(value % 128) + 128, ...varint(value >> 7)];
  const number = (field: number, value: number): number[] => [...varint(8 * field), ...varint(value)];
  const bytes = (field: number, value: readonly number[]): number[] => [
    ...varint(8 * field + 2),
    ...varint(value.length),
    ...value,
  ];
  const text = (field: number, value: string): number[] => bytes(field, [...Buffer.from(value)]);
  const tensor = (name: string, dims: readonly number[]): number[] => {
    const shape = dims.flatMap((dim) => bytes(1, number(1, dim)));
    return [...text(1, name), ...bytes(2, bytes(1, [...number(1, 1), ...bytes(2, shape)]))];
  };
  const axes = [...text(1, 'axes'), ...number(20, 7), ...number(8, 1)];
  const node = [...text(1, 'image'), ...text(2, 'map'), ...text(4, 'ReduceMean'), ...bytes(5, axes)];
  const graph = [
    ...bytes(1, node),
    ...text(2, 'mean'),
    ...bytes(11, tensor('image', [1, 3, side, side])),
    ...bytes(12, tensor('map', [1, 1, side, side])),
  ];
  return Uint8Array.from([...number(1, 8), ...bytes(7, graph), ...bytes(8, number(2, 13))]);
}
