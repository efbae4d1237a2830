import type { CopyPasteRecipe } from '@fovea/augment';
import type { BackboneOptions } from './encoder.ts';
import type { Method } from './method.ts';

/**
 * How DiLo pastes: three views of ten show the foreground on a homogeneous grey.
 *
 * Probability and background are reported (62.8 at 0.3, 47.6 at 1.0); softening by 2 of 224 pixels and the least share of foreground are a
 * reconstruction [RECON]. At 32 pixels take `boundary: 0`.
 */
export const DILO_PASTE: CopyPasteRecipe = {
  probability: 0.3,
  background: 'grey',
  boundary: 2,
  minimumShare: 0.05,
};

/**
 * DiLo: distilling localisation. A method of instance discrimination on views whose foreground is, now and then, pasted onto another
 * background.
 *
 *     x' = m x + (1 - m) background, with probability 0.3 for each view;   L = the method's own loss, unchanged
 *
 * So the views do it all: `makeCopyPasteViews` of @fovea/augment with `DILO_PASTE` and a saliency map of each image. The learner is the other
 * method's under another name; features are never masked (the paper: 19 points worse).
 *
 * Source: Zhao et al., AAAI 2021, abstract; probability and backgrounds from secondary notes. What the sources leave open is [RECON], see
 * `makeCopyPasteViews`.
 *
 * @param over - the method that is trained on such views: InsDis, MoCo or CMC in the paper, any other here
 *
 * @example
 * diLo(BYOL).make({ backbone }, key(0)).name; // 'dilo-byol'
 */
export function diLo<Options extends { backbone: BackboneOptions }>(over: Method<Options>): Method<Options> {
  const name = `dilo-${over.name}`;
  return {
    ...over,
    name,
    title: `DiLo over ${over.title}`,
    paper: 'Zhao et al., "Distilling localization for self-supervised representation learning", AAAI 2021',
    source: `abstract; ${over.source}`,
    paste: DILO_PASTE,
    tags: [...new Set([...over.tags, 'RECON' as const])],
    reconstruction: ['softening and order of the pasting [RECON]', over.reconstruction]
      .filter((text) => text !== null)
      .join('; '),
    file: 'dilo.ts',
    make: (options, key) => ({ ...over.make(options, key), name }),
  };
}
