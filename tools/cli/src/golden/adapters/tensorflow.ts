import { cosineSimilarity, gelu, l2Normalize, layerNorm, logSoftmax, tf } from '@fovea/tensorflow';
import { toTensor, type GoldenAdapter } from '../adapter.ts';

/** Ops of `@fovea/tensorflow`. */
export const adapters: GoldenAdapter[] = [
  {
    function: 'activations',
    run: (inputs) => {
      const [x, y] = [toTensor(inputs.x), toTensor(inputs.y)];
      const width = x.shape[1] ?? 0;
      return {
        outputs: {
          gelu: gelu(x),
          geluTanh: gelu(x, { approximate: 'tanh' }),
          softmax: tf.softmax(x),
          logSoftmax: logSoftmax(x),
          layerNorm: layerNorm(x, tf.ones([width]), tf.zeros([width])),
          l2Normalize: l2Normalize(y), // the file normalises y here
          softplus: tf.softplus(x),
          cosineSimilarity: cosineSimilarity(x, y),
        },
      };
    },
  },
];
