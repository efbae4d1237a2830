import { attentionKeepMass } from './attention-keep-mass.ts';
import { checkMap, type Mask, type SaliencyMap } from './image.ts';
import { checkRange } from './options.ts';
import { otsu } from './otsu.ts';

/**
 * How a map becomes a mask.
 *
 * `fixed`: above a threshold. `otsu`: above Otsu's level of the map in 256 levels. `adaptive`: at least factor (2) times the mean, at most
 * 1. `mass`: the largest values that hold a share of the map's mass.
 */
export type BinariseRule =
  | { readonly kind: 'fixed'; readonly threshold: number }
  | { readonly kind: 'otsu' }
  | { readonly kind: 'adaptive'; readonly factor?: number }
  | { readonly kind: 'mass'; readonly keep: number };

/**
 * The mask of a map with values in [0, 1].
 *
 * A map without contrast has an empty mask under `otsu`; an all-zero map has an empty mask under every rule but `fixed` below 0.
 *
 * @throws Error for what is no map and rules out of range
 *
 * @example
 * const mask = binarise(map, { kind: 'adaptive' });
 */
export function binarise(map: SaliencyMap, rule: BinariseRule): Mask {
  checkMap(map, 'binarise');
  const { data, width, height } = map;
  return { data: maskData(data, rule), width, height };
}

function maskData(data: Float32Array, rule: BinariseRule): Uint8Array {
  const mask = new Uint8Array(data.length);
  switch (rule.kind) {
    case 'fixed':
      for (let p = 0; p < data.length; p++) mask[p] = Number(data[p] > rule.threshold);
      return mask;
    case 'otsu': {
      const levels = new Uint8Array(data.length);
      for (let p = 0; p < data.length; p++) levels[p] = Math.round(255 * Math.min(1, Math.max(0, data[p])));
      const { threshold } = otsu(levels);
      for (let p = 0; p < data.length; p++) mask[p] = Number(levels[p] > threshold);
      return mask;
    }
    case 'adaptive': {
      const factor = rule.factor ?? 2;
      checkRange(factor, 0, Infinity, 'binarise: factor');
      const mean = data.reduce((sum, value) => sum + value, 0) / data.length;
      if (mean <= 0) return mask;
      const threshold = Math.min(1, factor * mean);
      for (let p = 0; p < data.length; p++) mask[p] = Number(data[p] >= threshold);
      return mask;
    }
    case 'mass':
      return attentionKeepMass(data, 1, rule.keep);
    default:
      throw new Error(
        `binarise: no rule ${(rule as { kind: string }).kind}; there are fixed, otsu, adaptive, mass.`,
      );
  }
}
