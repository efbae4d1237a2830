import { basicBlock, batchNorm, convolution, Parameters, type Layer, type Mode } from '@fovea/backbones';
import type { Key } from '@fovea/random';
import { checkShape, relu, resizeBilinear, tf, type Tensor, type Tensor4D } from '@fovea/tensorflow';

/** A network from images to maps. */
export interface SaliencyNetwork {
  /** Architecture in one word; files of weights carry it. */
  readonly name: string;
  readonly parameters: Parameters;
  /**
   * Logits at image size, the refined map first, then the side outputs from fine to coarse.
   *
   * @param images_NHWC - sRGB in [0, 1], any size of at least one pixel // [N, H, W, 3]
   * @returns six tensors // [N, H, W, 1]
   */
  forward(images_NHWC: Tensor, mode: Mode): Tensor4D[];
}

/**
 * Channels from full size to 1/32. All are multiples of 8: the weight gradient of a 1x1 convolution of stride 2 with 12 input channels writes
 * beyond its memory in libtensorflow 2.21.
 */
const CHANNELS = [16, 24, 48, 96, 112, 112];

/**
 * A compact encoder-decoder with side outputs and a residual refinement, after BASNet and U2-Net.
 *
 * Encoder: 3x3 convolution at full size, then residual stages at 1/2, 1/4, 1/8, 1/16, 1/32. Decoder: at each size the coarser result is
 * enlarged bilinearly, joined with the encoder's map and convolved; each gives a side output. Refinement: a small U at full size adds to the
 * finest side output. About 1.1 million weights.
 *
 * @param key - draws the initial weights
 * @throws Error from `forward` for other shapes
 * @see Qin et al. 2019 (BASNet), Qin et al. 2020 (U2-Net); sizes and blocks are this library's
 *
 * @example
 * const network = saliencyNetwork(key(0));
 * const [logits] = network.forward(tf.zeros([1, 96, 96, 3]), 'eval'); // [1, 96, 96, 1]
 */
export function saliencyNetwork(key: Key): SaliencyNetwork {
  const parameters = new Parameters(key);
  const [c0, c1, c2, c3, c4, c5] = CHANNELS;
  const stem = unit(parameters, 'stem', 3, c0);
  const stage = (name: string, inputs: number, width: number, blocks: number): Layer => {
    const layers = Array.from({ length: blocks }, (_, index) =>
      basicBlock(parameters.within(`encoder.${name}.${index}`), {
        inputs: index === 0 ? inputs : width,
        width,
        stride: index === 0 ? 2 : 1,
      }),
    );
    return (x, mode) => layers.reduce((y, layer) => layer(y, mode), x);
  };
  const encoder = [
    stage('1', c0, c1, 1),
    stage('2', c1, c2, 2),
    stage('3', c2, c3, 2),
    stage('4', c3, c4, 1),
    stage('5', c4, c5, 1),
  ];
  const decoder = [
    unit(parameters, 'decoder.4', c5 + c4, 80),
    unit(parameters, 'decoder.3', 80 + c3, 64),
    unit(parameters, 'decoder.2', 64 + c2, 32),
    unit(parameters, 'decoder.1', 32 + c1, 24),
    unit(parameters, 'decoder.0', 24 + c0, c0),
  ];
  const sides = [80, 64, 32, 24, c0].map((inputs, index) => head(parameters, `side.${4 - index}`, inputs));
  const refine = refinement(parameters, c0 + 1, c0);

  const forward = (images_NHWC: Tensor, mode: Mode): Tensor4D[] => {
    const { H, W } = checkShape(images_NHWC, ['N', 'H', 'W', 3], 'saliencyNetwork: images_NHWC');
    const levels: Tensor[] = [stem(tf.div(tf.sub(images_NHWC, 0.5), 0.25), mode)];
    for (const layer of encoder) levels.push(layer(levels[levels.length - 1], mode));
    let x = levels[5];
    const outputs = decoder.map((layer, index) => {
      const skip = levels[4 - index];
      x = layer(tf.concat([enlarge(x, skip), skip], 3), mode);
      return resizeBilinear(sides[index](x, mode), [H as number, W as number]);
    });
    outputs.reverse();
    const refined = tf.add(outputs[0], refine(tf.concat([outputs[0], x], 3), mode)) as Tensor4D;
    return [refined, ...outputs];
  };
  return { name: 'fovea-saliency-1', parameters, forward };
}

/** Convolution, batch norm, ReLU. */
function unit(parameters: Parameters, name: string, inputs: number, outputs: number, stride = 1): Layer {
  const conv = convolution(parameters, `${name}.conv`, { inputs, outputs, kernel: 3, stride });
  const norm = batchNorm(parameters, `${name}.bn`, { channels: outputs });
  return (x, mode) => relu(norm(conv(x, mode), mode));
}

/** One logit a pixel. */
function head(parameters: Parameters, name: string, inputs: number): Layer {
  const conv = convolution(parameters, name, { inputs, outputs: 1, kernel: 3 });
  const bias = parameters.weight(`${name}.bias`, [1], (_, shape) => tf.zeros(shape));
  return (x, mode) => tf.add(conv(x, mode), bias);
}

/** A small U of three sizes whose logit is added to the coarse one. */
function refinement(parameters: Parameters, inputs: number, width: number): Layer {
  const first = unit(parameters, 'refine.0', inputs, width);
  const down = [
    unit(parameters, 'refine.1', width, width, 2),
    unit(parameters, 'refine.2', width, width, 2),
    unit(parameters, 'refine.3', width, width, 2),
  ];
  const up = [2, 1, 0].map((level) => unit(parameters, `refine.up${level}`, 2 * width, width));
  const last = head(parameters, 'refine.out', width);
  return (x, mode) => {
    const levels = [first(x, mode)];
    for (const layer of down) levels.push(layer(levels[levels.length - 1], mode));
    const top = up.reduce((y, layer, index) => {
      const skip = levels[2 - index];
      return layer(tf.concat([enlarge(y, skip), skip], 3), mode);
    }, levels[3]);
    return last(top, mode);
  };
}

function enlarge(x: Tensor, like: Tensor): Tensor4D {
  return resizeBilinear(x, [like.shape[1] as number, like.shape[2] as number]);
}
