import { tf, type Scalar, type Tensor } from '@fovea/tensorflow';

/** Element types of a golden file. */
export type GoldenDtype = 'float32' | 'int32' | 'uint8' | 'bool';

/** One input as the file gives it; `toTensor` makes a tensor of it. */
export interface GoldenTensor {
  readonly dtype: GoldenDtype;
  readonly shape: readonly number[];
  /** Row-major. */
  readonly data: Float32Array | Int32Array | Uint8Array;
}

/** What an adapter may return for one tensor; a bare number or boolean is a scalar, a bare array has the expected shape. */
export type GoldenValue =
  | Tensor
  | GoldenTensor
  | number
  | boolean
  | readonly number[]
  | readonly boolean[]
  | Float32Array
  | Float64Array
  | Int32Array
  | Uint8Array;

/** What one case gave. */
export interface GoldenResult {
  readonly outputs: Readonly<Record<string, GoldenValue>>;
  /** d loss / d input by the input's name; needed for the names that the case lists. */
  readonly gradients?: Readonly<Record<string, GoldenValue>>;
  /** Largest difference allowed for a named uint8 output whose peer does other arithmetic (`backend: 'pil'`); the line says so. */
  readonly bounds?: Readonly<Record<string, number>>;
}

/** Names of what the case compares, so that nothing else need be computed. */
export interface GoldenWanted {
  readonly outputs: readonly string[];
  readonly gradients: readonly string[];
}

/** Maps one function of a golden file to the function exported here. */
export interface GoldenAdapter<Options = Record<string, unknown>> {
  /** `function` of the golden file. */
  readonly function: string;
  /** Runs one case; an input that the case lacks throws on access (`'teacher' in inputs` asks). */
  run(
    inputs: Readonly<Record<string, GoldenTensor>>,
    options: Options,
    wanted: GoldenWanted,
  ): GoldenResult | Promise<GoldenResult>;
}

/** Tensor of one golden input: uint8 becomes int32, everything else keeps its type. */
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- the caller knows the rank
export function toTensor<T extends Tensor = Tensor>(input: GoldenTensor): T {
  const dtype = input.dtype === 'uint8' ? 'int32' : input.dtype;
  const data = input.dtype === 'uint8' ? Int32Array.from(input.data) : input.data;
  return tf.tensor(data, [...input.shape], dtype) as T;
}

/**
 * Adapter of a differentiable function: `compute` gets tensors and returns the named outputs, `loss` among them (a bare scalar is the loss).
 *
 * Gradients are `tf.grads` of `loss` with respect to the inputs that the case lists; all other inputs are constants.
 *
 * @example
 * lossAdapter<{ temperature: number }>('ntXent', ({ z1, z2 }, options) => ntXent(z1, z2, options));
 */
export function lossAdapter<Options = Record<string, unknown>>(
  name: string,
  compute: (
    inputs: Readonly<Record<string, Tensor>>,
    options: Options,
  ) => Tensor | Record<string, GoldenValue>,
): GoldenAdapter<Options> {
  const run = (
    inputs: Readonly<Record<string, GoldenTensor>>,
    options: Options,
    wanted: GoldenWanted,
  ): GoldenResult => {
    const tensors: Record<string, Tensor> = {};
    for (const key of Object.keys(inputs)) tensors[key] = toTensor(inputs[key]);
    const outputs = named(compute(strict(tensors, 'input'), options));
    if (wanted.gradients.length === 0) return { outputs };
    const loss = (...values: Tensor[]): Scalar => {
      const replaced = { ...tensors };
      wanted.gradients.forEach((key, index) => (replaced[key] = values[index]));
      return named(compute(strict(replaced, 'input'), options)).loss as Scalar;
    };
    const values = tf.grads(loss)(wanted.gradients.map((key) => tensors[key]));
    return {
      outputs,
      gradients: Object.fromEntries(wanted.gradients.map((key, index) => [key, values[index]])),
    };
  };
  return { function: name, run };
}

/** The same record, whose missing names throw instead of reading as undefined. */
export function strict<T>(record: Readonly<Record<string, T>>, what: string): Readonly<Record<string, T>> {
  return new Proxy(record, {
    get(target, key) {
      if (typeof key === 'string' && !(key in target)) {
        throw new Error(`${what} '${key}' is not in the case, which has ${Object.keys(target).join(', ')}.`);
      }
      return Reflect.get(target, key) as T;
    },
  });
}

function named(result: Tensor | Record<string, GoldenValue>): Record<string, GoldenValue> {
  return result instanceof tf.Tensor ? { loss: result } : (result as Record<string, GoldenValue>);
}
