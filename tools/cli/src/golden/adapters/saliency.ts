import { tf, type Scalar, type Tensor, type Tensor2D, type Tensor3D, type Tensor4D } from '@fovea/tensorflow';
import {
  absorbingMarkovChain,
  attentionBox,
  attentionKeepMass,
  bilinearUpsample,
  channelSumCamBox,
  differenceAttention,
  gradCam,
  largestComponentBox,
  maskOut,
  geodesicSaliency,
  otsu,
  rgbToLab,
  robustBackground,
  saliencyAdaptiveParams,
  spectralResidual,
  superpixelGraph,
} from '@fovea/saliency';
import { lossAdapter, toTensor, type GoldenAdapter, type GoldenTensor } from '../adapter.ts';

type Inputs = Readonly<Record<string, GoldenTensor>>;

/** The region graph of a case; a member that the case lacks throws when it is read. */
function graphOf(inputs: Inputs) {
  return {
    lab: Float64Array.from(inputs.lab.data),
    adjacency: Uint8Array.from(inputs.adjacency.data),
    get position() {
      return Float64Array.from(inputs.pos.data);
    },
    get boundary() {
      return Uint8Array.from(inputs.boundary.data);
    },
  };
}

/** As {@link graphOf}, for functions that ask for nothing but colours and contacts. */
function colourGraph(inputs: Inputs) {
  const { lab, adjacency } = graphOf(inputs);
  return { lab, adjacency };
}

export const adapters: GoldenAdapter[] = [
  {
    function: 'rgbToLab',
    run: ({ image }) => ({ outputs: { lab: rgbToLab(image.data) } }),
  },
  {
    function: 'otsu',
    run: ({ image }) => {
      const { threshold } = otsu(image.data as Uint8Array);
      return { outputs: { threshold, foreground: Array.from(image.data, (level) => level > threshold) } };
    },
  },
  {
    function: 'superpixelGraph',
    run: ({ labels, image }, options) => {
      const [height, width] = labels.shape;
      const graph = superpixelGraph(
        { data: image.data as Uint8Array, width, height, channels: 3 },
        { labels: labels.data as Int32Array, count: Math.max(...labels.data) + 1, width, height },
        options,
      );
      return { outputs: { ...graph, pos: graph.position } };
    },
  },
  {
    function: 'saliencyAdaptiveParams',
    run: (inputs) => ({ outputs: { ...saliencyAdaptiveParams(colourGraph(inputs)) } }),
  },
  {
    function: 'geodesicSaliency',
    run: (inputs, options) => ({ outputs: { ...geodesicSaliency(graphOf(inputs), options) } }),
  },
  {
    function: 'absorbingMarkovChain',
    run: (inputs, options) => {
      const { lab, adjacency, boundary } = graphOf(inputs);
      return { outputs: { ...absorbingMarkovChain({ lab, adjacency, boundary }, options) } };
    },
  },
  {
    function: 'robustBackground',
    run: (inputs, options) => {
      const { lam: lambda, ...rest } = options as { lam: number };
      return { outputs: { ...robustBackground(graphOf(inputs), { ...rest, lambda }) } };
    },
  },
  {
    function: 'spectralResidual',
    run: ({ image }, options) => {
      const [height, width] = image.shape;
      const { variant, ...rest } = options as { variant: 'numpy' | 'opencv' };
      const ours = variant === 'opencv' ? { variant, sigma: 8 } : { ...rest };
      const scale = image.dtype === 'uint8' ? 255 : 1;
      const grey = { data: Float32Array.from(image.data, (value) => value / scale), width, height };
      return { outputs: { saliency: spectralResidual(grey, ours).data } };
    },
  },
  {
    function: 'largestComponentBox',
    run: ({ map }, options) => {
      const [height, width] = map.shape;
      const { box, ...rest } = largestComponentBox(
        { data: map.data as Float32Array, width, height },
        options,
      );
      return { outputs: { ...rest, box: box ?? [] } };
    },
  },
  {
    function: 'attentionKeepMass',
    run: ({ attention }, { keep }) => {
      const mask = attentionKeepMass(attention.data as Float32Array, attention.shape[0], keep as number);
      return { outputs: { mask: Array.from(mask, Boolean) } };
    },
  },
  {
    function: 'bilinearUpsample',
    run: ({ x }, { size }) => ({
      outputs: { y: bilinearUpsample(toTensor<Tensor4D>(x), size as [number, number]) },
    }),
  },
  {
    function: 'channelSumCamBox',
    run: ({ features }, options) => {
      const { imageSize, threshold } = options as { imageSize: [number, number]; threshold: number };
      return { outputs: { ...channelSumCamBox(toTensor<Tensor4D>(features), imageSize, { threshold }) } };
    },
  },
  {
    function: 'attentionBox',
    run: ({ attention }, options) => {
      const { patchSize, threshold } = options as { patchSize: number; threshold: number };
      const side = Math.round(Math.sqrt(attention.shape[2] - 1));
      return {
        outputs: { ...attentionBox(toTensor<Tensor4D>(attention), [side, side], patchSize, { threshold }) },
      };
    },
  },
  lossAdapter<{ relu: boolean }>('gradCam', (inputs, { relu }) => {
    const features = tap(inputs, inputs.x as Tensor4D);
    const logitsOf = (A: Tensor4D) =>
      tf.matMul(A.mean([1, 2]) as Tensor2D, inputs.fcW as Tensor2D).add(inputs.fcB) as Tensor2D;
    const oneHot = tf.oneHot(inputs.classes.toInt(), inputs.fcB.size).toFloat();
    const score = (A: Tensor4D) => logitsOf(A).mul(oneHot).sum() as Scalar;
    const cam = gradCam(features, score, { relu });
    return { ...cam, features, logits: logitsOf(features), loss: score(features) };
  }),
  lossAdapter<{ fill: number; stopMasked: boolean; score: 'thresholded' | 'cosine'; threshold: number }>(
    'vdaDiDa',
    (inputs, { fill, ...options }) => {
      const images = inputs.x as Tensor4D;
      const masked = maskOut(images, inputs.mask as Tensor3D, fill);
      const pool = (A: Tensor4D) => A.mean([1, 2]) as Tensor2D;
      const { map, difference } = differenceAttention(
        tap(inputs, images),
        tap(inputs, masked),
        pool,
        options,
      );
      return { map, difference, loss: oneMinusCosine(map, inputs.maskSmall as Tensor3D) };
    },
  ),
];

/** The two-layer network of the cases: 3x3 stride 1, ReLU, 3x3 stride 2, ReLU, one zero row and column on every side. */
function tap(inputs: Readonly<Record<string, Tensor>>, images: Tensor4D): Tensor4D {
  const layer = (x: Tensor4D, name: string, stride: number) =>
    tf
      .conv2d(
        x.pad([[0, 0], [1, 1], [1, 1], [0, 0]]) as Tensor4D, // prettier-ignore
        inputs[`${name}W`] as Tensor4D,
        stride,
        'valid',
      )
      .add(inputs[`${name}B`])
      .relu() as Tensor4D;
  return layer(layer(images, 'conv1', 1), 'conv2', 2);
}

function oneMinusCosine(maps: Tensor3D, masks: Tensor3D): Scalar {
  const norms = maps
    .square()
    .sum([1, 2])
    .sqrt()
    .mul(masks.square().sum([1, 2]).sqrt())
    .maximum(1e-8);
  return tf
    .scalar(1)
    .sub(maps.mul(masks).sum([1, 2]).div(norms))
    .mean() as Scalar;
}
