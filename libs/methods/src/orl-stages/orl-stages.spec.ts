import { COCO_BYOL, type Box, type ByteImage } from '@fovea/augment';
import { resNet, type Backbone } from '@fovea/backbones';
import { fold, key, Stream } from '@fovea/random';
import { tf } from '@fovea/tensorflow';
import { afterAll, describe, expect, it } from 'vitest';
import { boxOverlap } from './box-overlap.ts';
import { keptRegions } from './kept-regions.ts';
import { orlCorrespondences } from './orl-correspondences.ts';
import { jitteredRegion, matchedRegions } from './orl-regions.ts';
import { orlRecipe, orlViews } from './orl-views.ts';
import { regionProposals } from './region-proposals.ts';

const [HEIGHT, WIDTH] = [40, 48];
const normalize = { mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25] } as const;

/** A grey image with a coloured rectangle. */
function scene(box: Box, [r, g, b]: readonly number[], noise = 0): ByteImage {
  const data = new Uint8Array(HEIGHT * WIDTH * 3).fill(120);
  const draw = new Stream(key(noise));
  for (let y = 0; y < HEIGHT; y++) {
    for (let x = 0; x < WIDTH; x++) {
      const inside = y >= box.top && y < box.top + box.height && x >= box.left && x < box.left + box.width;
      if (inside) data.set([r, g, b], (y * WIDTH + x) * 3);
      data[(y * WIDTH + x) * 3] += draw.integer(0, 8);
    }
  }
  return { data, height: HEIGHT, width: WIDTH, channels: 3 };
}

const object: Box = { top: 8, left: 20, height: 16, width: 18 };

describe('regions of ORL', () => {
  const region = { top: 20, left: 30, height: 24, width: 40 };
  const image = { height: 100, width: 120 };

  it('jitters a region inside of the image, at more than half its overlap', () => {
    const copies = Array.from({ length: 50 }, (_, at) => jitteredRegion(region, image, fold(key(5), at)));
    for (const { top, left, height, width } of copies) {
      expect(Math.min(top, left)).toBeGreaterThanOrEqual(0);
      expect(top + height).toBeLessThanOrEqual(image.height);
      expect(left + width).toBeLessThanOrEqual(image.width);
      const rows = Math.min(top + height, 44) - Math.max(top, 20);
      const columns = Math.min(left + width, 70) - Math.max(left, 30);
      const shared = rows * columns;
      expect(shared / (height * width + 24 * 40 - shared)).toBeGreaterThan(0.5);
    }
    expect(new Set(copies.map((box) => JSON.stringify(box))).size).toBeGreaterThan(40);
    expect(jitteredRegion(region, image, key(6))).toEqual(jitteredRegion(region, image, key(6)));
  });
  it('pairs the regions that look most alike, best first', () => {
    const [a, b, c] = [
      [1, 0],
      [0, 1],
      [3, 0.3],
    ].map((x) => Float32Array.from(x));
    const pairs = matchedRegions([a, b], [c, b], 2);
    expect(pairs.map(({ region: own, match }) => [own, match])).toEqual([
      [1, 1],
      [0, 0],
    ]);
    expect(pairs[0].similarity).toBeCloseTo(1, 6);
  });
});

describe('regionProposals', () => {
  it('proposes the object among larger and smaller boxes of the image, larger first', () => {
    const boxes = regionProposals(scene(object, [220, 30, 30]), { pixelsPerRegion: 16 });
    expect(Math.max(...boxes.map((box) => boxOverlap(box, object)))).toBeGreaterThan(0.7);
    expect(boxes[0]).toEqual({ top: 0, left: 0, height: HEIGHT, width: WIDTH });
    const areas = boxes.map(({ height, width }) => height * width);
    expect(areas).toEqual([...areas].sort((a, b) => b - a));
    for (const { top, left, height, width } of boxes) {
      expect(Math.min(top, left, height - 1, width - 1)).toBeGreaterThanOrEqual(0);
      expect(top + height <= HEIGHT && left + width <= WIDTH).toBe(true);
    }
  });
  it('gives the whole of an image of one colour', () => {
    const data = new Uint8Array(20 * 20 * 3).fill(9);
    const boxes = regionProposals({ data, height: 20, width: 20, channels: 3 });
    expect(boxes[0]).toEqual({ top: 0, left: 0, height: 20, width: 20 });
  });
});

describe('keptRegions', () => {
  const box = (top: number, left: number, height: number, width: number): Box => ({
    top,
    left,
    height,
    width,
  });

  it('leaves out small, long and doubled boxes', () => {
    const given = [
      box(0, 0, 20, 20),
      box(1, 0, 20, 20),
      box(0, 0, 5, 9),
      box(0, 0, 10, 31),
      box(30, 30, 10, 30),
    ];
    expect(keptRegions(given, { minimumSide: 10 })).toEqual([given[0], given[4]]);
    expect(keptRegions(given, { minimumSide: 10, count: 1 })).toEqual([given[0]]);
  });
  it('keeps the first where none fits, and refuses none', () => {
    expect(keptRegions([box(0, 0, 20, 20)])).toEqual([box(0, 0, 20, 20)]);
    expect(() => keptRegions([])).toThrow('keptRegions: proposals must hold at least one box.');
    expect(() => keptRegions([box(0, 0, 9, 9)], { side: 3 } as object)).toThrow(
      "keptRegions: unknown option 'side'; options are minimumSide, maximumRatio, maximumOverlap, count.",
    );
  });
});

describe('the stages of ORL', () => {
  // Two kinds of images: red objects and blue ones, two of each.
  const colours = [[230, 20, 20], [20, 20, 230], [230, 20, 20], [20, 20, 230]]; // prettier-ignore
  const pictures = colours.map((colour, at) => scene({ ...object, left: 4 + 5 * at }, colour, at));
  const images = { length: 4, image: (index: number) => pictures[index] };
  const network = resNet({ depth: 18, width: 4, stem: 'cifar' }, key(0));
  afterAll(() => {
    network.parameters.dispose();
  });
  // The mean colour, so that what is near is known.
  const backbone: Backbone = { ...network, forward: (x) => tf.mean(x, [1, 2]) };
  const proposals = (index: number): Box[] => [
    { ...object, left: 4 + 5 * index },
    { top: 26, left: 0, height: 14, width: 20 },
  ];
  const found = orlCorrespondences(images, backbone, {
    size: 16,
    normalize,
    neighbours: 2,
    pairShare: 0.5,
    regions: { minimumSide: 10 },
    proposals,
    batch: 3,
  });

  it('finds the image of the same kind first, never the image itself', () => {
    expect(found.neighbours.map(([first]) => first)).toEqual([2, 3, 0, 1]);
    found.neighbours.forEach((own, index) => {
      expect(own).toHaveLength(2);
      expect([...own]).not.toContain(index);
    });
  });
  it('pairs half of the regions with the most alike of each neighbour', () => {
    expect(found.pairs.map((own) => own.map((some) => some.length))).toEqual(Array(4).fill([1, 1]));
    for (const own of found.pairs) {
      for (const { similarity } of own.flat()) expect(similarity).toBeGreaterThan(0.9);
    }
    const [{ own, other }] = found.pairs[1][0];
    expect([own, other]).toEqual([proposals(1)[0], proposals(3)[0]]);
  });
  it('finds regions by itself where no boxes are given', () => {
    const own = orlCorrespondences(images, network, { size: 16, normalize, regions: { minimumSide: 8 } });
    expect(own.neighbours[0]).toHaveLength(3);
    for (const regions of own.regions) expect(regions.length).toBeGreaterThan(0);
  });
  it('renders six views as functions of key, epoch and step', () => {
    const recipe = orlRecipe(
      { ...COCO_BYOL, views: COCO_BYOL.views.map((view) => ({ ...view, size: 24 })) },
      16,
    );
    const source = orlViews(images, found, recipe, 2, key(3));
    expect([source.images, source.stepsPerEpoch]).toEqual([2, 2]);
    const { views } = source.batch(1, 1);
    expect(views.map(({ shape }) => shape)).toEqual([
      [2, 2, 24, 24, 3],
      [4, 2, 16, 16, 3],
    ]);
    expect(views.every(({ data }) => data.every(Number.isFinite))).toBe(true);
    const again = source.batch(1, 1).views.map(({ data }) => Buffer.from(data.buffer).toString('base64'));
    expect(views.map(({ data }) => Buffer.from(data.buffer).toString('base64'))).toEqual(again);
    expect(source.batch(0, 1).views[0].data).not.toEqual(views[0].data);
  });
  it('crops the regions themselves: without colours and mirrors the match is a cut of the neighbour', () => {
    const plain = { flip: 0, jitter: null, grayscale: 0, blur: null, solarize: null, normalize };
    const views = COCO_BYOL.views.map((view) => ({ ...view, ...plain, size: 24 }));
    const objects = orlCorrespondences(images, backbone, {
      size: 16,
      normalize,
      neighbours: 1,
      proposals: (index) => proposals(index).slice(0, 1),
    });
    const source = orlViews(images, objects, orlRecipe({ ...COCO_BYOL, views }, 16), 4, key(3));
    const [, { data }] = source.batch(0, 0).views;
    const colour = (view: number, row: number, channel: number): number => {
      const pixels = data.subarray((view * 4 + row) * 768, (view * 4 + row + 1) * 768);
      return pixels.filter((_, at) => at % 3 === channel).reduce((sum, value) => sum + value, 0) / 256;
    };
    for (let row = 0; row < 4; row++) {
      const isRed = colour(2, row, 0) > 1;
      for (const view of [2, 3]) {
        expect(colour(view, row, isRed ? 0 : 2)).toBeGreaterThan(1.4); // the object fills the view, here and in the neighbour
        expect(colour(view, row, isRed ? 2 : 0)).toBeLessThan(-1.4);
      }
    }
  });
  it('refuses one image, and recipes without six views', () => {
    expect(() => orlCorrespondences({ ...images, length: 1 }, backbone, { size: 16, normalize })).toThrow(
      'orlCorrespondences: images must be 2 at least, got 1.',
    );
    expect(() => orlViews(images, found, COCO_BYOL, 2, key(0))).toThrow(
      'orlViews: recipe must hold 2 global',
    );
  });
});
