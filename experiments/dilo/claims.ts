import type { Claim } from '@fovea/results';

const linear = 'linear.cached.standard.top1.last';
const notes = 'Zhao et al., AAAI 2021, as secondary notes report it';

/** What DiLo's paper says, as comparisons of arms. */
export const diLoClaims: readonly Claim[] = [
  {
    id: 'copy-paste-helps',
    sentence: 'Copy-paste with p = 0.3 beats no copy-paste in linear accuracy',
    source: `${notes}: 60.6 to 62.8 with RBD masks`,
    left: { arm: 'dilo-rbd', metric: linear },
    right: { arm: 'moco-v2', metric: linear },
    margin: 0,
  },
  {
    id: 'better-masks',
    sentence: 'Better masks give a better representation: exact masks beat RBD',
    source: `${notes}: 62.8 with RBD, 65.0 with BASNet`,
    left: { arm: 'dilo-exact', metric: linear },
    right: { arm: 'dilo-rbd', metric: linear },
    margin: 0,
  },
  {
    id: 'always-pasting-hurts',
    sentence: 'Pasting always (p = 1) is worse than p = 0.3',
    source: `${notes}: 47.6 against 62.8`,
    left: { arm: 'dilo-exact', metric: linear },
    right: { arm: 'dilo-exact-p1', metric: linear },
    margin: 0,
  },
  {
    id: 'background-invariance',
    sentence:
      'Copy-paste makes the representation robust to backgrounds: a smaller gap between same-class and random backgrounds',
    source: 'Zhao et al., abstract: the representation becomes background-invariant',
    left: { arm: 'dilo-exact', metric: 'backgrounds.bg-gap' },
    right: { arm: 'moco-v2', metric: 'backgrounds.bg-gap' },
    margin: 0,
  },
];
