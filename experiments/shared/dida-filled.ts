import { diDa, MOCO_V2, type AnyMethod } from '@fovea/methods';
import { keyedNormal, tf } from '@fovea/tensorflow';

/** What stands where the salient region was: a normalised colour, or noise with the mean and spread of the set's pixels. */
export type Fill = readonly [red: number, green: number, blue: number] | 'noise';

/**
 * [RECON] DiDA over MoCo v2, whose covered views are filled with something else than the set's mean colour.
 *
 *     x_m = x (1 - M) + fill M
 *
 * The published fill was not readable; it is an ablation for that reason.
 */
export function diDaFilled(): AnyMethod {
  const over: AnyMethod = diDa(MOCO_V2);
  const needs = over.needs.filter((need) => need !== 'masked');
  const name = `${over.name}-filled`;
  return {
    ...over,
    name,
    title: `${over.title}, another fill`,
    needs,
    defaults: { ...over.defaults, fill: 'noise' satisfies Fill },
    make: (options, key) => {
      const { fill, ...own } = options as typeof options & { readonly fill: Fill };
      const inner = over.make(own, key);
      return {
        ...inner,
        name,
        needs,
        loss: ({ views, extras }, targets, context) => {
          const [x] = views;
          const mask = tf.reshape(extras.masks, [...extras.masks.shape, 1]);
          const [V, B, H, W] = extras.masks.shape;
          const globals = tf.slice(x, [0, 0, 0, 0, 0], [V, B, H, W, 3]);
          const behind = fill === 'noise' ? keyedNormal(context.key, globals.shape) : tf.tensor1d([...fill]);
          const masked = tf.add(tf.mul(globals, tf.sub(1, mask)), tf.mul(behind, mask));
          return inner.loss({ views, extras: { ...extras, masked } }, targets, context);
        },
      };
    },
  };
}
