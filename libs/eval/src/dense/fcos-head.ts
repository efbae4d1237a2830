import { batchNorm, convolution, type Parameters } from '@fovea/backbones';
import { tf, type Scalar, type Tensor, type Tensor4D } from '@fovea/tensorflow';

const PRIOR = 0.01; // share of positive cells that the first prediction assumes
const [ALPHA, GAMMA] = [0.25, 2]; // of the focal loss

/** What the head says of each cell; flattened to [B, h*w, …]. */
export interface FcosOutput {
  readonly logits_BPC: Tensor;
  /** Positive distances to left, top, right, bottom in cells. */
  readonly sides_BP4: Tensor;
  readonly centreness_BP: Tensor;
}

/** A compact FCOS head over one map: two 3x3 convolutions with batch norm each for classes and for boxes. */
export function fcosHead(
  parameters: Parameters,
  { inputs, channels, classes }: { inputs: number; channels: number; classes: number },
): (map: Tensor, mode: 'train' | 'eval') => FcosOutput {
  const tower = (name: string) =>
    [inputs, channels].map((width, at) => ({
      conv: convolution(parameters, `${name}.conv${at}`, { inputs: width, outputs: channels, kernel: 3 }),
      norm: batchNorm(parameters, `${name}.bn${at}`, { channels }),
    }));
  const [classTower, boxTower] = [tower('class'), tower('box')];
  const last = (name: string, outputs: number, start: number) => {
    const conv = convolution(parameters, name, { inputs: channels, outputs, kernel: 3 });
    const bias = parameters.weight(`${name}.bias`, [outputs], (_, shape) => tf.fill(shape, start));
    return (x: Tensor, mode: 'train' | 'eval'): Tensor => tf.add(conv(x, mode), bias);
  };
  const classify = last('classify', classes, -Math.log((1 - PRIOR) / PRIOR));
  const regress = last('regress', 4, 1);
  const centre = last('centre', 1, 0);
  return (map, mode) => {
    const run = (layers: typeof classTower): Tensor =>
      layers.reduce((x, { conv, norm }) => tf.relu(norm(conv(x, mode), mode)), map);
    const [classMap, boxMap] = [run(classTower), run(boxTower)];
    const [B, h, w] = classMap.shape as Tensor4D['shape'];
    return {
      logits_BPC: tf.reshape(classify(classMap, mode), [B, h * w, classes]),
      sides_BP4: tf.reshape(tf.softplus(regress(boxMap, mode)), [B, h * w, 4]),
      centreness_BP: tf.reshape(centre(boxMap, mode), [B, h * w]),
    };
  };
}

/**
 * FCOS loss: focal loss of the classes and cross-entropy of the centreness over the number of positive cells, and GIoU loss weighted by centreness.
 *
 * @param labels_BPC - one-hot, zeros for background
 * @param sides_BP4 - true distances, at least a little above 0 on positive cells
 */
export function fcosLoss(
  output: FcosOutput,
  labels_BPC: Tensor,
  sides_BP4: Tensor,
  centreness_BP: Tensor,
): Scalar {
  const positive_BP = tf.sum(labels_BPC, 2);
  const count = tf.maximum(tf.sum(positive_BP), 1);
  const focal = tf.sum(focalTerms(output.logits_BPC, labels_BPC));
  const weight_BP = tf.mul(centreness_BP, positive_BP);
  const boxes = tf.sum(tf.mul(generalisedLoss(output.sides_BP4, sides_BP4), weight_BP));
  const centres = tf.sum(tf.mul(sigmoidLoss(output.centreness_BP, centreness_BP), positive_BP));
  const boxTerm = tf.div(boxes, tf.maximum(tf.sum(weight_BP), 1e-6));
  return tf.add(tf.div(tf.add(focal, centres), count), boxTerm);
}

/** -alpha_t (1 - p_t)^gamma log p_t */
function focalTerms(logits: Tensor, targets: Tensor): Tensor {
  const p = tf.sigmoid(logits);
  const wrong = tf.add(tf.mul(p, tf.sub(1, targets)), tf.mul(tf.sub(1, p), targets)); // 1 - p_t
  const balance = tf.add(tf.mul(targets, ALPHA), tf.mul(tf.sub(1, targets), 1 - ALPHA));
  return tf.mul(tf.mul(balance, tf.pow(wrong, GAMMA)), sigmoidLoss(logits, targets));
}

/** max(x, 0) - x y + log(1 + exp(-|x|)) */
function sigmoidLoss(logits: Tensor, targets: Tensor): Tensor {
  const soft = tf.log1p(tf.exp(tf.neg(tf.abs(logits))));
  return tf.add(tf.sub(tf.relu(logits), tf.mul(logits, targets)), soft);
}

/** 1 - GIoU of two boxes around one point, given by their sides: [B, P]. */
function generalisedLoss(a_BP4: Tensor, b_BP4: Tensor): Tensor {
  const area = (sides: Tensor): Tensor => {
    const [l, t, r, b] = tf.split(sides, 4, 2);
    return tf.squeeze(tf.mul(tf.add(l, r), tf.add(t, b)), [2]);
  };
  const inner = area(tf.minimum(a_BP4, b_BP4));
  const outer = area(tf.maximum(a_BP4, b_BP4));
  const union = tf.maximum(tf.sub(tf.add(area(a_BP4), area(b_BP4)), inner), 1e-6);
  const iou = tf.div(inner, union);
  return tf.sub(1, tf.sub(iou, tf.div(tf.sub(outer, union), tf.maximum(outer, 1e-6))));
}
