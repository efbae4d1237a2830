import type { Box } from '@fovea/augment';
import { boxOverlap } from './box-overlap.ts';
import { checkOptionNames } from './check-option-names.ts';

/** Which proposals are regions. */
export interface KeptRegionsOptions {
  /** Least side in pixels. Default 96, for images of 480 x 640. */
  readonly minimumSide?: number;
  /** Largest ratio of the longer side to the shorter. Default 3. */
  readonly maximumRatio?: number;
  /** Largest intersection over union with a region that is kept already. Default 0.5. */
  readonly maximumOverlap?: number;
  /** Regions an image. Default 100. */
  readonly count?: number;
}

/**
 * The proposals that ORL takes as regions of an image, in the order given: large and square enough, none much alike; the first proposal where none is.
 *
 * @param proposals - boxes, best first; at least one
 * @throws RangeError without proposals
 *
 * Source: Jiahao000/ORL, box_filter and its configuration.
 *
 * @example
 * keptRegions([{ top: 0, left: 0, height: 100, width: 20 }], { minimumSide: 10 }); // the only one, though too long
 */
export function keptRegions(proposals: readonly Box[], options: KeptRegionsOptions = {}): Box[] {
  checkOptionNames('keptRegions', options, ['minimumSide', 'maximumRatio', 'maximumOverlap', 'count']);
  const { minimumSide = 96, maximumRatio = 3, maximumOverlap = 0.5, count = 100 } = options;
  if (proposals.length === 0) throw new RangeError('keptRegions: proposals must hold at least one box.');
  const kept: Box[] = [];
  for (const box of proposals) {
    if (kept.length === count) break;
    const [short, long] = [Math.min(box.height, box.width), Math.max(box.height, box.width)];
    if (short < minimumSide || long > maximumRatio * short) continue;
    if (kept.every((other) => boxOverlap(box, other) <= maximumOverlap)) kept.push(box);
  }
  return kept.length === 0 ? [proposals[0]] : kept;
}
