import { batchNorm, convolution, Parameters, type Backbone, type Mode } from '@fovea/backbones';
import type { Key } from '@fovea/random';
import { tf, type Tensor, type Tensor2D } from '@fovea/tensorflow';

/** Two convolutions of stride 2 with batch norm: a quarter of the image's side, `width` channels. */
export function tinyBackbone(key: Key, width = 16): Backbone {
  const parameters = new Parameters(key);
  const layers = [3, width].map((inputs, at) => ({
    conv: convolution(parameters, `conv${at}`, { inputs, outputs: width, kernel: 3, stride: 2 }),
    norm: batchNorm(parameters, `bn${at}`, { channels: width }),
  }));
  const taps = ['stage0', 'stage1'];
  const maps = (images: Tensor, mode: Mode): Tensor[] => {
    const found = [images];
    for (const { conv, norm } of layers) found.push(tf.relu(norm(conv(found[found.length - 1], mode), mode)));
    return found.slice(1);
  };
  const featureMap = (images: Tensor, mode: Mode): Tensor => maps(images, mode)[1];
  return {
    name: `tiny-w${width}`,
    parameters,
    features: width,
    taps,
    featureMap,
    forwardTaps: <Name extends string>(images: Tensor, mode: Mode, names: readonly Name[]) => {
      const all = maps(images, mode);
      return Object.fromEntries(names.map((name) => [name, all[taps.indexOf(name)]])) as Record<Name, Tensor>;
    },
    forward: (images, mode) => tf.mean(featureMap(images, mode), [1, 2]) as Tensor2D,
  };
}
