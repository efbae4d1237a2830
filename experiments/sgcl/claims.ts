import type { Claim } from '@fovea/results';

const linear = 'linear.cached.standard.top1.last';
const fewLabels = 'linear.labels-1pct.standard.top1.last';
const abstract = 'Chen et al., arXiv 2302.11461, abstract';

/** What SGCL's paper says, as comparisons of arms. */
export const sgclClaims: readonly Claim[] = [
  {
    id: 'learns',
    sentence: 'Contrastive learning on scenes with several objects learns features of single objects',
    source: `${abstract}: pre-training on scene images`,
    left: { arm: 'sgcl-moco', metric: linear },
    right: { arm: 'untrained', metric: linear },
    margin: 0,
  },
  {
    id: 'guidance-helps',
    sentence: 'Saliency-guided crops and loss weights beat random crops in linear accuracy (over MoCo v2)',
    source: `${abstract}: +1.1 on ImageNet linear classification`,
    left: { arm: 'sgcl-moco', metric: linear },
    right: { arm: 'moco-multi-crop', metric: linear },
    margin: 0,
  },
  {
    id: 'most-with-few-labels',
    sentence: 'The gain holds with 1 % of the labels (over MoCo v2)',
    source: `${abstract}: +4.3 with 1 % of the labels`,
    left: { arm: 'sgcl-moco', metric: fewLabels },
    right: { arm: 'moco-multi-crop', metric: fewLabels },
    margin: 0,
  },
];
