import {
  absorbingMarkovChain,
  geodesicSaliency,
  otsu,
  rgbToLab,
  robustBackground,
  saliencyAdaptiveParams,
  spectralResidual,
  superpixelGraph,
} from '@fovea/saliency';
import type { GoldenAdapter, GoldenTensor } from '../adapter.ts';

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
];
