import { sgcl as sgclLoss } from '@fovea/losses';
import type { Key } from '@fovea/random';
import { tf, type Tensor2D } from '@fovea/tensorflow';
import { globalViews, localViews, type BackboneOptions } from './encoder.ts';
import type { Learner } from './learner.ts';
import { method, type Given, type Method } from './method.ts';
import { switchSchedule } from './schedules.ts';

/** What SGCL adds to a method's options. */
export interface SgclSettings {
  /** Weight of the local crops beside the global pair. */
  readonly lambda: number;
  /** Share of training before scores weigh the crops; until then all weigh the same. */
  readonly warmUp: number;
}

/**
 * [RECON] SGCL: the loss of each local crop is weighted by how salient its region is, in a map of the network itself.
 *
 *     L = L_global(v1, v2) + lambda mean over images of 1/K sum over crops k of w_k l_k,   w_k = K s_k / sum over j of s_j
 *
 * l is the method's own term of one crop: BYOL's regression of both global targets, MoCo's InfoNCE with the second view's key. Equal scores,
 * and every step of the warm-up, give exactly the unguided multi-crop loss; scores are constants.
 *
 * Views: two global ones and K local ones. The view source crops where the map is high (`makeGuidedViews` with maps of the target network, see
 * `sgclTargetMap` of @fovea/saliency) and gives the mean of the map inside each crop as `scores`. State: the method's.
 *
 * Source: Chen et al. 2023 (arXiv 2302.11461), abstract alone: that the network's own map chooses the crops and reweighs their losses is the
 * paper's; score, weights, lambda and base recipe (ORL's BYOL) are a reconstruction.
 *
 * @param over - a method whose learner has `localTerms`: BYOL, MoCo
 */
export function sgcl<Options extends { backbone: BackboneOptions }>(
  over: Method<Options>,
): Method<Options & SgclSettings> {
  const name = `sgcl-${over.name}`;
  return method<Options & SgclSettings>({
    ...over,
    name,
    title: `SGCL over ${over.title}`,
    paper: 'Chen et al., "Saliency guided contrastive learning on scene images", arXiv 2302.11461',
    equation: `${over.equation}, plus lambda/K sum over crops of K s_k / sum s  l_k`,
    source: `abstract; ${over.source}`,
    recipes: ['coco-sgcl', 'cifar-multi-crop'],
    localViews: 'needed',
    needs: [...over.needs, 'scores'],
    tags: ['RECON'],
    reconstruction: 'score, weights, lambda, warm-up and base recipe [RECON]',
    file: 'sgcl.ts',
    defaults: { ...over.defaults, lambda: 1, warmUp: 0.1 } as Omit<Options & SgclSettings, 'backbone'>,
    build: ({ lambda, warmUp, ...own }, key) =>
      guided(over.make(own as unknown as Given<Options>, key), name, { lambda, warmUp }, key),
  });
}

function guided(inner: Learner, name: string, { lambda, warmUp }: SgclSettings, _key: Key): Learner {
  const { localTerms } = inner;
  if (localTerms === undefined) {
    throw new Error(`sgcl: ${inner.name} has no terms of single crops; take BYOL or MoCo.`);
  }
  return {
    ...inner,
    name,
    schedules: { ...inner.schedules, guidance: switchSchedule(warmUp) },
    needs: [...inner.needs, 'scores'],
    loss: (batch, targets, context) => {
      const { views, extras } = batch;
      const globals = inner.loss({ views: [globalViews(views, GLOBAL)], extras }, targets, context);
      const locals = localViews(views, GLOBAL);
      if (locals.length === 0) {
        throw new Error(`${name}: views must hold local crops after the ${GLOBAL} global ones, got none.`);
      }
      const local_KB = localTerms(locals, targets, context);
      const scores_KB = tf.slice(extras.scores, [GLOBAL, 0]) as Tensor2D;
      // During the warm-up the guidance is 0 and every crop has score 1.
      const guidedScores = tf.add(1, tf.mul(tf.sub(scores_KB, 1), context.values.guidance)) as Tensor2D;
      return {
        loss: sgclLoss(globals.loss, local_KB, guidedScores, { lambda }),
        carry: globals.carry,
        metrics: { ...globals.metrics, global: globals.loss, local: tf.mean(local_KB) },
      };
    },
    collapsedLoss: undefined,
  };
}

const GLOBAL = 2;
