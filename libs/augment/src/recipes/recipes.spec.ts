import { key } from '@fovea/random';
import { describe, expect, it, vi } from 'vitest';
import { checkRecipe, makeMultiCropViews, RECIPES } from '../index.ts';
import { noiseSource } from '../testing/noise.ts';

vi.setConfig({ testTimeout: 120_000 }); // a machine with other work is slow, not wrong

describe('RECIPES', () => {
  it.each([...RECIPES.values()])('$name is complete and renders', (recipe) => {
    checkRecipe(recipe);
    expect(recipe.source).not.toBe('');
    const groups = makeMultiCropViews(noiseSource(1, 60, 80), [0], recipe, key(0));
    expect(groups.reduce((sum, { shape }) => sum + shape[0], 0)).toBe(recipe.views.length);
    for (const { data } of groups) expect(data.every(Number.isFinite)).toBe(true);
  });
  it('keeps the facts that papers are most often misread on', () => {
    const recipe = (name: string) => RECIPES.get(name)?.views ?? [];
    expect(recipe('imagenet-bam')[0].jitter?.saturation).toBe(0.4); // DINO: 0.2
    expect(recipe('imagenet-dino')[0].jitter?.saturation).toBe(0.2);
    expect(recipe('imagenet-dino').map(({ blur }) => blur?.probability)).toEqual([
      1,
      0.1,
      ...new Array<number>(8).fill(0.5),
    ]);
    expect(recipe('imagenet-byol').map(({ solarize }) => solarize?.probability)).toEqual([undefined, 0.2]);
    expect(recipe('imagenet-moco-v1')[0].jitter?.probability).toBe(1);
    expect(recipe('imagenet-swav').map(({ size }) => size)).toEqual([224, 224, 96, 96, 96, 96, 96, 96]);
  });
});
