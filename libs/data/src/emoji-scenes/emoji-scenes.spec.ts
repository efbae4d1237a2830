import { key, Stream } from '@fovea/random';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import {
  EMOJI_CLASSES,
  emojiScenes,
  type EmojiScenesOptions,
  type EmojiSprites,
  imageSet,
  loadEmojiSprites,
  MANY_OBJECTS,
  ONE_OBJECT,
  photoBackgrounds,
  type SceneRecipe,
  TEXTURE_BACKGROUNDS,
} from '../index.ts';

vi.setConfig({ testTimeout: 120_000 }); // a machine with other work is slow, not wrong

let sprites: EmojiSprites;
beforeAll(async () => {
  sprites = await loadEmojiSprites('google');
}, 300_000);

function scenes(
  recipe: SceneRecipe,
  change: Partial<EmojiScenesOptions> = {},
): ReturnType<typeof emojiScenes> {
  return emojiScenes({
    recipe,
    split: 'train',
    length: 400,
    seed: 0,
    sprites,
    backgrounds: TEXTURE_BACKGROUNDS,
    ...change,
  });
}

describe('the lists of drawings', () => {
  it('share no drawing between training and test, nor between classes', () => {
    const all = EMOJI_CLASSES.flatMap(({ train, test }) => [...train, ...test]);
    expect(new Set(all).size).toBe(all.length);
    expect(EMOJI_CLASSES.length).toBe(12);
    for (const { train, test } of EMOJI_CLASSES)
      expect(Math.min(train.length / 10, test.length / 4)).toBeGreaterThanOrEqual(1);
  });
});

describe('emojiScenes', () => {
  it('is a pure function of seed and index', () => {
    const [a, b] = [scenes(MANY_OBJECTS), scenes(MANY_OBJECTS)];
    b.scene(7);
    expect(a.scene(3)).toEqual(b.scene(3));
    expect(Buffer.compare(a.scene(3).image, scenes(MANY_OBJECTS, { seed: 1 }).scene(3).image)).not.toBe(0);
    expect(a.digest).toBe(b.digest);
    expect(a.digest).not.toBe(scenes(MANY_OBJECTS, { seed: 1 }).digest);
  });
  it('gives boxes that enclose exactly the instance pixels, inside the scene', () => {
    const many = scenes(MANY_OBJECTS);
    for (let index = 0; index < 40; index++) {
      const { instances, objects } = many.scene(index);
      for (const { instance, box, visible } of objects) {
        const pixels = [...instances.keys()].filter((at) => instances[at] === instance);
        const x = pixels.map((at) => at % 64);
        const y = pixels.map((at) => Math.floor(at / 64));
        expect(box).toEqual([Math.min(...x), Math.min(...y), Math.max(...x) + 1, Math.max(...y) + 1]);
        expect(visible).toBeGreaterThan(0);
        expect(visible).toBeLessThanOrEqual(1);
      }
      expect(new Set([0, ...objects.map(({ instance }) => instance)])).toEqual(new Set(instances));
      expect(objects[0].visible).toBeGreaterThanOrEqual(0.5);
      expect(objects[0].label).toBe(many.scene(index).label);
    }
  });
  it('draws numbers of objects and classes evenly', () => {
    const counts = new Map<number, number>();
    const labels = new Int32Array(12);
    const set = scenes({ ...MANY_OBJECTS, size: 8 }, { length: 1200 });
    for (let index = 0; index < 1200; index++) {
      const scene = set.scene(index);
      labels[scene.label]++;
      counts.set(scene.objects.length, (counts.get(scene.objects.length) ?? 0) + 1);
    }
    for (const count of labels) expect(Math.abs(count - 100)).toBeLessThan(5 * Math.sqrt(100));
    expect(Math.max(...counts.keys())).toBe(6);
  });
  it('ties the background to the class as strongly as asked', () => {
    for (const correlation of [0, 0.5, 1]) {
      const set = scenes({ ...ONE_OBJECT, size: 8, correlation });
      let own = 0;
      for (let index = 0; index < 400; index++)
        own += Number(set.scene(index).background === set.scene(index).label);
      const expected = correlation + (1 - correlation) / 12;
      expect(Math.abs(own / 400 - expected)).toBeLessThanOrEqual(
        5 * Math.sqrt((expected * (1 - expected)) / 400),
      );
    }
  });
  it('changes only the background between variants', () => {
    const recipe = { ...ONE_OBJECT, correlation: 1 };
    const original = scenes(recipe).scene(5);
    const expected = {
      'mixed-same': original.label,
      'mixed-next': (original.label + 1) % 12,
      'only-fg': null,
      'no-fg': original.label,
      'only-bg-b': original.label,
      'only-bg-t': original.label,
    };
    for (const [variant, background] of Object.entries(expected)) {
      const scene = scenes({ ...recipe, variant: variant as keyof typeof expected }).scene(5);
      expect(scene.background).toBe(background);
      expect(scene.objects).toEqual(original.objects);
      expect(scene.instances).toEqual(original.instances);
    }
  });
  it('shows in Only-FG nothing but the object, and in No-FG everything but it', () => {
    const only = scenes({ ...ONE_OBJECT, variant: 'only-fg' }).scene(2);
    const none = scenes({ ...ONE_OBJECT, variant: 'no-fg' }).scene(2);
    const box = scenes({ ...ONE_OBJECT, variant: 'only-bg-b' }).scene(2);
    const [x0, y0, x1, y1] = only.objects[0].box;
    for (const [at, instance] of only.instances.entries()) {
      const [x, y] = [at % 32, Math.floor(at / 32)];
      const sum = (image: Uint8Array): number => image[at * 3] + image[at * 3 + 1] + image[at * 3 + 2];
      if (instance > 0) expect(sum(none.image)).toBe(0);
      const inBox = x >= x0 && x < x1 && y >= y0 && y < y1;
      expect(sum(box.image) === 0).toBe(inBox);
      const near = x >= x0 - 2 && x < x1 + 2 && y >= y0 - 2 && y < y1 + 2;
      if (!near) expect(sum(only.image)).toBe(0);
    }
  });
  it('takes the classes of photographs as kinds of background', () => {
    const draw = new Stream(key(1));
    const images = Uint8Array.from({ length: 4 * 12 }, () => draw.integer(0, 256));
    const fields = {
      name: 'p',
      split: 'train',
      height: 2,
      width: 2,
      channels: 3,
      digest: '',
      licence: '',
      citation: '',
    } as const;
    const set = imageSet({ ...fields, images, labels: Int32Array.of(0, 1, 1, 0), classes: ['a', 'b'] });
    const scene = scenes({ ...ONE_OBJECT, correlation: 1 }, { backgrounds: photoBackgrounds(set) }).scene(0);
    expect(scene.background).toBe(scene.label % 2);
    const empty = imageSet({ ...fields, images, labels: Int32Array.of(0, 0, 0, 0), classes: ['a', 'b'] });
    expect(() => photoBackgrounds(empty)).toThrow('p has no image of class b');
  });
  it('renders into an image set with masks', () => {
    const set = scenes(ONE_OBJECT, { length: 5 }).render();
    expect(set.length).toBe(5);
    expect(set.image(4).data).toEqual(scenes(ONE_OBJECT, { length: 5 }).scene(4).image);
    expect(set.plane(4).data.filter((value) => value === 255).length).toBe(
      set.instances.subarray(4 * 1024).filter(Boolean).length,
    );
  });
  it('shows the held-out style and drawings', { timeout: 300_000 }, async () => {
    const twitter = await loadEmojiSprites('twitter');
    const a = scenes(ONE_OBJECT, { split: 'test' }).scene(0);
    const b = scenes(ONE_OBJECT, { split: 'test', sprites: twitter }).scene(0);
    expect(a.objects[0].drawing).toBe(b.objects[0].drawing);
    expect(EMOJI_CLASSES[a.label].test).toContain(a.objects[0].drawing);
    expect(Buffer.compare(a.image, b.image)).not.toBe(0);
  });
  it('refuses malformed recipes, naming the key', () => {
    const make = (change: object) => () => scenes({ ...ONE_OBJECT, ...change });
    expect(make({ objects: [0, 2] })).toThrow('objects must be integers 1 <= low <= high <= 255, got 0,2');
    expect(make({ size: 4 })).toThrow('size must be an integer >= 8, got 4');
    expect(make({ mainSize: [0.5, 1.5] })).toThrow('mainSize must be 0 < low <= high <= 1');
    expect(make({ correlation: 1.1 })).toThrow('correlation must be in [0, 1], got 1.1');
    expect(make({ corelation: 1 })).toThrow('unknown or missing key corelation');
    expect(make({ variant: 'mixed' })).toThrow('variant must be one of original');
    expect(() => scenes(ONE_OBJECT, { length: 0 })).toThrow('length must be a positive integer, got 0');
    expect(() => scenes(ONE_OBJECT).scene(400)).toThrow('index must be an integer in [0, 400), got 400');
    expect(() => sprites.levels('x.png')).toThrow('no drawing x.png');
  });
});
