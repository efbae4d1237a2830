import { checkPairs } from './check-sample.ts';
import { pearson } from './pearson.ts';
import { ranks } from './ranks.ts';

/** Spearman's rank correlation, in [-1, 1]: Pearson's of the ranks, ties sharing their average; throws when one of the two is constant. */
export function spearman(a: ArrayLike<number>, b: ArrayLike<number>): number {
  checkPairs(a, b, 2, 'spearman');
  return pearson(ranks(a).ranks, ranks(b).ranks);
}
