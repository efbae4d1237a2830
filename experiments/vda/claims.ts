import type { Claim } from '@fovea/results';

const abstract = 'Agarwal et al., arXiv 2306.14603, abstract';
const coverage = 'grounding.vda-gradient.coverage.t0.5';

/** What the VDA/DiDA paper says, as comparisons of arms. */
export const vdaClaims: readonly Claim[] = [
  {
    id: 'dida-grounds',
    sentence:
      'The difference attention loss makes difference attention cover more of the salient region (over MoCo v2)',
    source: `${abstract}: the model is grounded on the salient regions`,
    left: { arm: 'dida-moco-v2', metric: coverage },
    right: { arm: 'moco-v2', metric: coverage },
    margin: 0,
  },
  {
    id: 'vda-over-channel-sum',
    sentence:
      'Difference attention covers more of the salient region than the plain activation map of the same network',
    source: `${abstract}: attention by comparing an image with its masked copy`,
    left: { arm: 'moco-v2', metric: coverage },
    right: { arm: 'moco-v2', metric: 'grounding.channel-sum.coverage.t0.5' },
    margin: 0,
  },
  {
    id: 'dida-classifies',
    sentence: 'Grounding improves classification (linear accuracy on single objects)',
    source: `${abstract}: +0.8 average precision in classification`,
    left: { arm: 'dida-moco-v2', metric: 'linear.cached.standard.top1.last' },
    right: { arm: 'moco-v2', metric: 'linear.cached.standard.top1.last' },
    margin: 0,
  },
  {
    id: 'dida-segments',
    sentence: 'Grounding improves segmentation (a linear head on the last map)',
    source: `${abstract}: +1.3 average precision in segmentation`,
    left: { arm: 'dida-moco-v2', metric: 'seg.linear.200steps.mIoU' },
    right: { arm: 'moco-v2', metric: 'seg.linear.200steps.mIoU' },
    margin: 0,
  },
  {
    id: 'dida-detects',
    sentence: 'Grounding improves detection (a small detector on the last map)',
    source: `${abstract}: +1.1 average precision in detection`,
    left: { arm: 'dida-moco-v2', metric: 'det.fcos.300steps.AP50' },
    right: { arm: 'moco-v2', metric: 'det.fcos.300steps.AP50' },
    margin: 0,
  },
];
