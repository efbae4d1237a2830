import { readFileSync } from 'node:fs';
import { digest } from '@fovea/files';
import { isConstantImage, type Image, type SaliencyMap } from '../image.ts';
import type { MapMaker } from '../map-maker.ts';
import { minMax } from '../min-max.ts';
import { checkRange, withDefaults } from '../options.ts';
import { imageTensorData } from '../resize-image.ts';
import { resizeMap } from '../resize-map.ts';

/** A tensor of ONNX Runtime. */
export interface OnnxTensor {
  readonly data: unknown;
  readonly dims: readonly number[];
}

/** What this library uses of `onnxruntime-node`. */
export interface OnnxRuntime {
  readonly Tensor: new (type: 'float32', data: Float32Array, dims: readonly number[]) => OnnxTensor;
  readonly InferenceSession: { create(path: string): Promise<OnnxSession> };
}

/** A loaded ONNX model. */
export interface OnnxSession {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  run(inputs: Record<string, OnnxTensor>): Promise<Record<string, OnnxTensor>>;
  release?(): Promise<void>;
}

/** How a network in an ONNX file is fed and read. */
export interface OnnxSaliencyOptions {
  /** Side in pixels of the square input; 320 for U2-Net, 256 for BASNet. */
  size: number;
  /** Subtracted from sRGB in [0, 1], a channel each; default ImageNet's. */
  mean: readonly [number, number, number];
  /** Divided by after that. */
  std: readonly [number, number, number];
  /** Name of the output; null: the model's first, the fused map of U2-Net and BASNet. */
  output: string | null;
  /** Whether outputs are logits. */
  sigmoid: boolean;
  /** Scale each map to [0, 1], as U2-Net's and BASNet's programs do; otherwise values are cut to [0, 1]. */
  scale: boolean;
  /** The runtime; null: the package `onnxruntime-node`, which the user installs. */
  runtime: OnnxRuntime | null;
}

/** A network of the user's at work. */
export interface OnnxSaliency extends MapMaker {
  map(image: Image): Promise<SaliencyMap>;
  dispose(): Promise<void>;
}

/** Defaults of {@link onnxSaliency}. */
const DEFAULTS: OnnxSaliencyOptions = {
  size: 320,
  mean: [0.485, 0.456, 0.406],
  std: [0.229, 0.224, 0.225],
  output: null,
  sigmoid: false,
  scale: true,
  runtime: null,
};

/**
 * A saliency network of the user's from an ONNX file, run by ONNX Runtime (`npm install onnxruntime-node`, 290 MB, no script needed on a CPU).
 *
 * The model takes [1, 3, size, size] and gives [1, 1, h, w] (or fewer axes of size 1). A constant image has an all-zero map.
 *
 * @throws Error where the runtime or the file is missing, and for outputs of another shape or that are not finite
 *
 * @example
 * const u2net = await onnxSaliency('u2netp.onnx', { size: 320 });
 * const map = await u2net.map(image);
 */
export async function onnxSaliency(
  model: string,
  options?: Partial<OnnxSaliencyOptions>,
): Promise<OnnxSaliency> {
  const o = withDefaults<OnnxSaliencyOptions>(options, DEFAULTS, 'onnxSaliency');
  checkRange(o.size, 1, 4096, 'onnxSaliency: size');
  if (!o.std.every((value) => value > 0))
    throw new Error(`onnxSaliency: std must be > 0, got ${o.std.join(', ')}.`);
  const weights = digest(readFileSync(model));
  const runtime = o.runtime ?? (await installedRuntime());
  const session = await runtime.InferenceSession.create(model);
  const output = o.output ?? session.outputNames[0];
  if (!session.outputNames.includes(output)) {
    throw new Error(
      `onnxSaliency: ${model} has no output ${output}; there are ${session.outputNames.join(', ')}.`,
    );
  }
  const { size, mean, std, sigmoid, scale } = o;
  const map = async (image: Image): Promise<SaliencyMap> => {
    const { width, height } = image;
    if (isConstantImage(image, 'onnxSaliency'))
      return { data: new Float32Array(width * height), width, height };
    const pixels = imageTensorData(image, size, size);
    const planes = Float32Array.from(pixels, (_, i) => {
      const [c, p] = [Math.floor(i / (size * size)), i % (size * size)];
      return (pixels[3 * p + c] - mean[c]) / std[c];
    });
    const input = new runtime.Tensor('float32', planes, [1, 3, size, size]);
    const { [output]: result } = await session.run({ [session.inputNames[0]]: input });
    return resizeMap(mapOf(result, { model, output, sigmoid, scale }), width, height);
  };
  return {
    name: 'onnx',
    settings: { weights, size, mean, std, output, sigmoid, scale },
    map,
    dispose: async () => session.release?.(),
  };
}

function mapOf(
  { data, dims }: OnnxTensor,
  o: { model: string; output: string; sigmoid: boolean; scale: boolean },
): SaliencyMap {
  const [height, width] = dims.slice(-2);
  if (!(data instanceof Float32Array) || dims.length < 2 || data.length !== height * width) {
    throw new Error(
      `onnxSaliency: output ${o.output} of ${o.model} must be one float32 map [1, 1, h, w], got [${dims.join(', ')}].`,
    );
  }
  const values = o.sigmoid ? data.map((value) => 1 / (1 + Math.exp(-value))) : data.slice();
  if (!values.every(Number.isFinite))
    throw new Error(`onnxSaliency: output ${o.output} of ${o.model} is not finite.`);
  if (o.scale) minMax(values);
  return { data: values.map((value) => Math.min(1, Math.max(0, value))), width, height };
}

async function installedRuntime(): Promise<OnnxRuntime> {
  const name = process.env.FOVEA_ONNXRUNTIME ?? 'onnxruntime-node'; // not a literal: the package is optional
  try {
    const loaded = (await import(name)) as OnnxRuntime & { default?: OnnxRuntime };
    return loaded.InferenceSession ? loaded : (loaded.default as OnnxRuntime); // CommonJS
  } catch (error) {
    throw new Error(
      `onnxSaliency: ${name} cannot be loaded. Install it: npm install onnxruntime-node (${(error as Error).message}).`,
      { cause: error },
    );
  }
}
