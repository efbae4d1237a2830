import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { fold, key, permutation, Stream } from '@fovea/random';
import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  type BatchArrays,
  CIFAR_WEAK,
  type LoadableImages,
  type LoadablePlanes,
  makeCopyPasteViews,
  makeGuidedViews,
  makeMultiCropViews,
  makeViews,
  meanInside,
  type OpenViewSource,
  openViewSource,
  type SourceGuide,
  type StreamableImages,
  type ViewSourceOptions,
  type ViewsRecipe,
} from '../index.ts';
import { noise } from '../testing/noise.ts';

vi.setConfig({ testTimeout: 120_000 }); // a machine with other work is slow, not wrong

const [side, count] = [24, 20];
const images = Uint8Array.from(noise(count * side, side, 1).data);
const set: LoadableImages = { images, length: count, height: side, width: side, channels: 3 };
const source = {
  length: count,
  image: (index: number) => ({
    data: images.subarray(index * side * side * 3, (index + 1) * side * side * 3),
    height: side,
    width: side,
    channels: 3,
  }),
};
const draw = new Stream(key(9));
const planes: LoadablePlanes = {
  planes: Uint8Array.from({ length: count * side * side }, () => 255 * Number(draw.bernoulli(0.4))),
  height: side,
  width: side,
};
const planeSource = {
  length: count,
  plane: (index: number) => ({
    data: (planes.planes as Uint8Array).subarray(index * side * side, (index + 1) * side * side),
    height: side,
    width: side,
  }),
};
const [weak] = CIFAR_WEAK.views;
const multiCrop: ViewsRecipe = {
  name: 'multi',
  source: 'test',
  views: [
    { ...weak, size: 16 },
    { ...weak, size: 8 },
    { ...weak, size: 16 },
    { ...weak, size: 8 },
  ],
};
const maps: SourceGuide = { kind: 'maps', views: [1, 3], maps: planes };
const extras = ['index', 'boxes', 'flips', 'scores', 'masks', 'masked'] as const;
const all: ViewSourceOptions = {
  images: set,
  recipe: multiCrop,
  batch: 6,
  key: key(4),
  planes,
  guide: maps,
  extras,
};

let open: OpenViewSource[] = [];
afterEach(async () => {
  await Promise.all(open.map((one) => one.close()));
  open = [];
});
function start(options: ViewSourceOptions): OpenViewSource {
  const one = openViewSource(options);
  open.push(one);
  return one;
}

/** A copy: the memory of a batch is used again. */
function copy({
  views,
  extras: more,
}: BatchArrays): Record<string, { data: number[]; shape: readonly number[] }> {
  const entries = [...views.map((view, place) => [`views ${place}`, view] as const), ...Object.entries(more)];
  return Object.fromEntries(
    entries.map(([name, { data, shape }]) => [name, { data: Array.from<number>(data), shape }]),
  );
}

/** The images as pixels in two files, 15 and 5. */
function storedSet(): { set: StreamableImages; folder: string; last: string } {
  const folder = mkdtempSync(join(tmpdir(), 'fovea-stored-'));
  const size = side * side * 3;
  const files = [
    { path: join(folder, 'a.bin'), count: 15 },
    { path: join(folder, 'b.bin'), count: 5 },
  ];
  writeFileSync(files[0].path, images.subarray(0, 15 * size));
  writeFileSync(files[1].path, images.subarray(15 * size));
  const checksums = Uint32Array.from({ length: count }, (_, index) => crc32(source.image(index).data));
  return {
    set: {
      length: count,
      names: Array.from({ length: count }, (_, index) => `picture-${index}`),
      image: () => Promise.reject(new Error('threads read by themselves')),
      stored: { height: side, width: side, channels: 3, files, checksums },
    },
    folder,
    last: files[1].path,
  };
}

function indicesOf(epoch: number, step: number, batch: number): Int32Array {
  return permutation(fold(fold(key(4), epoch), 'order'), count).slice(step * batch, (step + 1) * batch);
}

describe('openViewSource', () => {
  it(
    'gives the same bits with any number of workers, in any order of asking',
    { timeout: 120_000 },
    async () => {
      const wanted: [number, number][] = [[0, 0], [0, 1], [0, 2], [1, 0], [5, 2]]; // prettier-ignore
      const collect = async (options: Partial<ViewSourceOptions>, order: [number, number][]): Promise<Map<string, object>> => {
      const one = start({ ...all, ...options });
      const got = new Map<string, object>();
      for (const [epoch, step] of order) got.set(`${epoch}/${step}`, copy(await one.batch(epoch, step)));
      return got;
    }; // prettier-ignore
      const reference = await collect({ workers: 0 }, wanted);
      for (const options of [{ workers: 1, prefetch: 0 }, { workers: 2 }, { workers: 3, prefetch: 4 }]) {
        const got = await collect(options, [...wanted].reverse());
        for (const [name, batch] of reference) expect(got.get(name)).toEqual(batch);
      }
    },
  );
  it('holds two batches at a time, as training that asks one ahead needs', { timeout: 60_000 }, async () => {
    const one = start({ ...all, workers: 2 });
    const reference = start({ ...all, workers: 0 });
    let before = one.batch(0, 0);
    for (const [epoch, step] of [[0, 1], [0, 2], [1, 0], [1, 1], [1, 2]] as const) {
      const next = one.batch(epoch, step);
      const place = step === 0 ? [epoch - 1, 2] : [epoch, step - 1];
      const arrays = await before;
      await next; // the next one is ready, and the one in use is still whole
      expect(copy(arrays)).toEqual(copy(await reference.batch(place[0], place[1])));
      before = next;
    } // prettier-ignore
  });
  it('renders what the functions for one batch render', async () => {
    const one = start({ ...all, recipe: CIFAR_WEAK, guide: undefined, extras: undefined, workers: 0 });
    const epochKey = fold(fold(key(4), 2), 'views');
    const indices = indicesOf(2, 1, 6);
    const plain = await one.batch(2, 1);
    expect(plain.views.map(({ data }) => data)).toEqual([makeViews(source, indices, CIFAR_WEAK, epochKey).data]);
    const guided = await start({ ...all, workers: 0 }).batch(2, 1);
    const guide = { kind: 'maps', views: [1, 3], maps: planeSource } as const;
    const groups = makeGuidedViews(source, indices, multiCrop, guide, epochKey);
    expect(guided.views.map(({ data }) => data)).toEqual(groups.map(({ data }) => data));
    expect(guided.views.map(({ shape }) => shape)).toEqual([[2, 6, 16, 16, 3], [2, 6, 8, 8, 3]]); // prettier-ignore
    const paste = { probability: 0.7, background: 'image', boundary: 1, minimumShare: 0 } as const;
    const pasted = await start({ ...all, recipe: CIFAR_WEAK, guide: undefined, paste, extras: [], workers: 0 }).batch(2, 1);
    const expected = makeCopyPasteViews(source, planeSource, indices, CIFAR_WEAK, paste, epochKey);
    expect(pasted.views[0].data).toEqual(expected.data);
  }); // prettier-ignore
  it('says for each view where it lies, whether it is mirrored and how salient it is', async () => {
    const { views, extras: more } = await start({ ...all, workers: 0 }).batch(0, 0);
    const indices = indicesOf(0, 0, 6);
    expect([...more.index.data]).toEqual([...indices]);
    const epochKey = fold(fold(key(4), 0), 'views');
    const guide = { kind: 'maps', views: [1, 3], maps: planeSource } as const;
    const groups = makeGuidedViews(source, indices, multiCrop, guide, epochKey);
    groups
      .flatMap(({ params }) => params)
      .forEach((view, place) => {
        view.forEach(({ crop, flip }, row) => {
          const at = place * 6 + row;
          const box = [crop.top, crop.left, crop.top + crop.height, crop.left + crop.width];
          expect([...more.boxes.data.subarray(at * 4, at * 4 + 4)]).toEqual(box.map((edge) => Math.fround(edge / side)));
          expect(more.flips.data[at]).toBe(Number(flip));
          const score = meanInside(planeSource.plane(indices[row]), crop, { height: side, width: side });
          expect(more.scores.data[at]).toBeCloseTo(score, 6);
        });
      }); // prettier-ignore
    expect(more.masks.shape).toEqual([2, 6, 16, 16]);
    expect(more.masked.shape).toEqual(views[0].shape);
    const at = more.masks.data.findIndex((value) => value > 0.2 && value < 0.8);
    expect(more.masked.data[at * 3]).toBeCloseTo(views[0].data[at * 3] * (1 - more.masks.data[at]), 6);
  });
  it('follows a guide from the batch on that is asked for after it', { timeout: 60_000 }, async () => {
    const boxes: SourceGuide = {
      kind: 'boxes',
      views: [0, 1],
      alpha: 0.6,
      boxes: Array.from({ length: count }, () => [0.4, 0.4, 0.6, 0.6] as const),
    };
    const plain = { ...all, guide: undefined, extras: ['boxes'] } as const;
    const [free, led] = [start({ ...plain, workers: 0 }), start({ ...plain, guide: boxes, workers: 0 })];
    const one = start({ ...plain, workers: 2, prefetch: 3 });
    expect(copy(await one.batch(0, 0))).toEqual(copy(await free.batch(0, 0)));
    const asked = one.batch(0, 1);
    one.guideBy(boxes);
    const after = one.batch(0, 2);
    expect(copy(await asked)).toEqual(copy(await free.batch(0, 1)));
    expect(copy(await after)).toEqual(copy(await led.batch(0, 2)));
    one.guideBy(null);
    expect(copy(await one.batch(1, 0))).toEqual(copy(await free.batch(1, 0)));
  });
  it('takes images that are decoded on the way, and replaces corrupt ones when asked', { timeout: 60_000 }, async () => {
    const stream = {
      length: count,
      image: async (index: number) => {
        if (index === broken) throw new Error('image 7.jpg is corrupt');
        return source.image(index);
      },
    };
    let broken = -1;
    const streamedPlanes = { plane: async (index: number) => planeSource.plane(index) };
    const options = { ...all, images: stream, planes: streamedPlanes };
    const reference = start({ ...all, workers: 0 });
    for (const workers of [0, 2]) {
      expect(copy(await start({ ...options, workers }).batch(1, 1))).toEqual(copy(await reference.batch(1, 1)));
    }
    broken = indicesOf(0, 0, 6)[3];
    await expect(start({ ...options, workers: 2 }).batch(0, 0)).rejects.toThrow('7.jpg is corrupt');
    const lenient = start({ ...options, workers: 0, replaceCorrupt: true });
    const { extras: more } = await lenient.batch(0, 0);
    expect(more.index.data[3]).toBe((broken + 1) % count);
    expect([...lenient.replaced]).toEqual([[broken, 'image 7.jpg is corrupt']]);
  }); // prettier-ignore
  it('replaces a corrupt image by one of those that are visited, never by another', async () => {
    const indices = [3, 11];
    const stream = {
      length: count,
      image: (index: number) =>
        index === 3 ? Promise.reject(new Error('3.jpg is corrupt')) : Promise.resolve(source.image(index)),
    };
    const some = { images: stream, indices, planes: undefined, guide: undefined, extras: ['index'], replaceCorrupt: true } as const;
    const { extras: more } = await start({ ...all, ...some, batch: 2, workers: 0 }).batch(0, 0);
    expect([...more.index.data]).toEqual([11, 11]);
    const never = { ...stream, image: () => Promise.reject(new Error('all are corrupt')) };
    await expect(start({ ...all, ...some, images: never, batch: 2, workers: 1 }).batch(0, 0)).rejects.toThrow('all are corrupt');
  }); // prettier-ignore
  it('reads stored pixels in its threads, with the bits of images in memory', async () => {
    const { set: stored, folder } = storedSet();
    const memory = start({ ...all, workers: 0 });
    for (const workers of [0, 1, 2]) {
      const one = start({ ...all, images: stored, workers });
      for (const step of [0, 1, 2])
        expect(copy(await one.batch(0, step))).toEqual(copy(await memory.batch(0, step)));
      await one.close();
    }
    const paste = { probability: 1, background: 'image', boundary: 1, minimumShare: 0 } as const;
    const [pasted, wanted] = [stored, set].map((from) => start({ ...all, images: from, paste, workers: 0 }));
    expect(copy(await pasted.batch(0, 0))).toEqual(copy(await wanted.batch(0, 0)));
    await pasted.close();
    rmSync(folder, { recursive: true });
  });
  it('names the stored image that is damaged or cut off, and goes on with others', async () => {
    const { set: stored, folder, last } = storedSet();
    const bytes = readFileSync(last);
    bytes[0] ^= 1; // image 15
    writeFileSync(last, bytes.subarray(0, -1)); // and image 19 is cut
    for (const workers of [0, 2]) {
      const options = { ...all, planes: undefined, guide: undefined, extras: undefined, images: stored, batch: 1, workers };
      const failed = new Map<number, string>();
      const one = start({ ...options, extras: ['index'] });
      for (let step = 0; step < count; step++) {
        const index = permutation(fold(fold(key(4), 0), 'order'), count)[step];
        await one.batch(0, step).catch((error: unknown) => failed.set(index, (error as Error).message));
      }
      expect([...failed.keys()].sort()).toEqual([15, 19]);
      expect(failed.get(15)).toMatch(/bytes 0 to 1728 of .*b\.bin are damaged: .* \(image 15, picture-15\)$/);
      expect(failed.get(19)).toMatch(/b\.bin has no byte .*It is cut short\. \(image 19, picture-19\)$/);
      await one.close();
    }
    const make = (change: object) => (): OpenViewSource => openViewSource({ ...all, workers: 0, images: stored, ...change });
    expect(make({ replaceCorrupt: true })).toThrow('replaceCorrupt is for images that are decoded');
    expect(make({ images: { ...stored, length: 19 } })).toThrow('stored images must be 19 of 3 channels');
    rmSync(folder, { recursive: true });
  }); // prettier-ignore
  it('names the image that a thread could not render', async () => {
    const stream = {
      length: count,
      names: Array.from({ length: count }, (_, index) => `picture-${index}`),
      image: (index: number) => Promise.resolve({ ...source.image(index), channels: index === 7 ? 1 : 3 }),
    };
    for (const workers of [0, 2]) {
      const one = start({ ...all, images: stream, planes: undefined, guide: undefined, extras: ['index'], batch: count, workers });
      await expect(one.batch(0, 0)).rejects.toThrow('image must have 3 channels (RGB), got 1. Convert it first. (image 7, picture-7)');
    }
  }); // prettier-ignore
  it('can be closed at any time, also twice and with batches on their way', async () => {
    for (const workers of [0, 2]) {
      const one = start({ ...all, workers });
      const asked = [one.batch(0, 0), one.batch(0, 1), one.batch(0, 2)].map((batch) =>
        batch.then(() => 'rendered', (error: unknown) => (error as Error).message),
      ); // prettier-ignore
      await Promise.all([one.close(), one.close()]);
      for (const outcome of await Promise.all(asked))
        expect(['rendered', 'openViewSource: the source is closed.']).toContain(outcome);
      await expect(one.batch(0, 0)).rejects.toThrow('the source is closed');
    }
  });
  it('serves several sources at once, each its own bits', async () => {
    const options = [all, { ...all, key: key(5) }, { ...all, recipe: CIFAR_WEAK, guide: undefined }];
    const reference = [];
    for (const one of options) reference.push(copy(await start({ ...one, workers: 0 }).batch(1, 1)));
    const sources = options.map((one) => start({ ...one, workers: 1 }));
    const batches = await Promise.all(sources.map((one) => one.batch(1, 1)));
    expect(batches.map(copy)).toEqual(reference);
  });
  it('visits only the images chosen, each once an epoch', async () => {
    const indices = [3, 5, 8, 13, 2];
    const one = start({ ...all, indices, batch: 2, workers: 0 });
    expect(one.stepsPerEpoch).toBe(2);
    const seen: number[] = [];
    for (const step of [0, 1]) seen.push(...(await one.batch(3, step)).extras.index.data);
    expect(new Set(seen).size).toBe(4);
    expect(seen.every((index) => indices.includes(index))).toBe(true);
  });
  it('refuses options, steps and guides that are wrong, naming them', { timeout: 60_000 }, async () => {
    const make = (change: object) => (): OpenViewSource => openViewSource({ ...all, workers: 0, ...change });
    expect(make({ batch: 21 })).toThrow('batch must be an integer in [1, 20], got 21');
    expect(make({ workers: -1 })).toThrow('workers must be an integer >= 0, got -1');
    expect(make({ prefetch: 0.5 })).toThrow('prefetch must be an integer >= 0, got 0.5');
    expect(make({ threads: 1 })).toThrow('unknown option threads');
    expect(make({ extras: ['box'] })).toThrow('extras may hold index,boxes');
    expect(make({ planes: undefined })).toThrow('masks needs planes');
    expect(make({ indices: [20], batch: 1 })).toThrow('indices must be integers in [0, 20), got 20');
    expect(make({ images: { ...set, channels: 1 } })).toThrow('3 channels (RGB), got 1');
    expect(make({ planes: { ...planes, height: 5 } })).toThrow('20 maps of 5 x 24 hold 2400 values');
    const one = start({ ...all, workers: 1 });
    await expect(one.batch(0, 3)).rejects.toThrow('step must be an integer in [0, 3), got 3');
    await expect(one.batch(-1, 0)).rejects.toThrow('epoch must be an integer >= 0');
    one.guideBy({ kind: 'boxes', views: [0], alpha: 0.6, boxes: [] });
    await expect(one.batch(0, 0)).rejects.toThrow('the guide has no box for image');
    await one.close();
    await expect(one.batch(0, 0)).rejects.toThrow('the source is closed');
  });
  it('agrees with multi-crop views without a guide', async () => {
    const one = start({ ...all, guide: undefined, workers: 0 });
    const groups = makeMultiCropViews(source, indicesOf(0, 1, 6), multiCrop, fold(fold(key(4), 0), 'views'));
    expect((await one.batch(0, 1)).views.map(({ data }) => data)).toEqual(groups.map(({ data }) => data));
  });
});
