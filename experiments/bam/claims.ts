import type { Claim } from '@fovea/results';

const knn = 'knn.k20.t0.07.top1';
const paper = 'Shalam and Korman, ECCV 2024';

/** What the BAM paper says, as comparisons of arms. */
export const bamClaims: readonly Claim[] = [
  {
    id: 'learns',
    sentence:
      'Matching balanced self-attention learns a representation: far above the untrained network in kNN',
    source: `${paper}, abstract`,
    left: { arm: 'bam', metric: knn },
    right: { arm: 'untrained', metric: knn },
    margin: 5,
  },
  {
    id: 'beats-simclr',
    sentence:
      'Matching balanced self-attention beats contrasting features at equal budget in kNN (BAM over SimCLR)',
    source: `${paper}, abstract: favourable comparison with leading self-supervised methods`,
    left: { arm: 'bam', metric: knn },
    right: { arm: 'simclr', metric: knn },
    margin: 0,
  },
];
