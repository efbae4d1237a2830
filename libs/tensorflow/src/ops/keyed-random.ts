import type { Tensor, Tensor1D } from '@tensorflow/tfjs';
import type { Key } from '@fovea/random';
import { checkShape } from '../check-shape.ts';
import { hasNativeOps, nodeBackend, type NodeBinding, type OpAttribute } from '../backend.ts';
import { randomNormal, randomUniform } from '../random.ts';
import { tf } from '../tf.ts';

const PARITY = 0x1bd11bda;
const ROTATIONS = [13, 15, 26, 6, 17, 29, 16, 24];
const DOMAIN = 0x40000000; // as in @fovea/random's Stream
const INT32 = 3; // TensorFlow's numbers of types
const DOUBLE = 2;

/** A key as an int32 tensor [2], the form in which a compiled step takes it as an argument. */
export function keyTensor(key: Key): Tensor1D {
  return tf.tensor1d(Int32Array.of(key[0] | 0, key[1] | 0), 'int32');
}

/**
 * `randomUniform` inside of a compiled step: the same bits for the same key, computed by the graph from a key that is an argument.
 *
 * @param key_2 - int32 [2], see `keyTensor`
 * @param shape - of the result
 * @returns float32 numbers in [low, high)
 * @throws Error when key_2 has another shape
 *
 * @example
 * keyedUniform(keyTensor(key(1)), [2]).arraySync(); // as randomUniform(key(1), [2]).arraySync()
 */
export function keyedUniform(key_2: Tensor, shape: readonly number[], low = 0, high = 1): Tensor {
  checkShape(key_2, [2], 'keyedUniform: key_2');
  if (!hasNativeOps()) return randomUniform(keyOf(key_2), [...shape], low, high);
  const size = sizeOf(shape);
  return draw(key_2, Math.ceil(size / 2), shape, (ops, words) => {
    const pairs = ops.run('Pack', [ops.type('T', INT32), ops.int('N', 2), ops.int('axis', 1)], words);
    const flat = ops.run('Reshape', [ops.type('T', INT32)], [pairs, ops.ints([-1])]);
    const types = [ops.type('T', INT32), ops.type('Index', INT32)];
    const bits = ops.run('Slice', types, [flat, ops.ints([0]), ops.ints([size])]);
    return ops.affine(ops.unit(bits), low, high - low);
  });
}

/**
 * `randomNormal` inside of a compiled step: equal to the last bit or two of float32 (logarithm and cosine are libtensorflow's).
 *
 * @param key_2 - int32 [2], see `keyTensor`
 * @param shape - of the result
 * @throws Error when key_2 has another shape
 *
 * @example
 * keyedNormal(keyTensor(key(1)), [2]).shape; // [2]
 */
export function keyedNormal(
  key_2: Tensor,
  shape: readonly number[],
  mean = 0,
  standardDeviation = 1,
): Tensor {
  checkShape(key_2, [2], 'keyedNormal: key_2');
  if (!hasNativeOps()) return randomNormal(keyOf(key_2), [...shape], mean, standardDeviation);
  return draw(key_2, sizeOf(shape), shape, (ops, [first, second]) => {
    const double = [ops.type('T', DOUBLE)];
    const positive = ops.run('AddV2', double, [ops.unit(first), ops.double(2 ** -32)]);
    const log = ops.run('Log', double, [positive]);
    const radius = ops.run('Sqrt', double, [ops.run('Mul', double, [log, ops.double(-2)])]);
    const turn = ops.run('Mul', double, [ops.unit(second), ops.double(2 * Math.PI)]);
    const normal = ops.run('Mul', double, [radius, ops.run('Cos', double, [turn])]);
    return ops.affine(normal, mean, standardDeviation);
  });
}

/** Runs `finish` on the two words of each Threefry-2x32 block and shapes its float32 result. */
function draw(
  key_2: Tensor,
  blocks: number,
  shape: readonly number[],
  finish: (ops: Ops, words: [number, number]) => number,
): Tensor {
  const backend = nodeBackend();
  const ops = new Ops(backend.binding);
  const [key] = backend.getInputTensorIds([key_2]);
  const flat = finish(ops, threefry(ops, key, blocks));
  const result = ops.run('Reshape', [ops.type('T', backend.binding.TF_FLOAT)], [flat, ops.ints([...shape])]);
  ops.releaseAllBut(result);
  return backend.createOutputTensor({ id: result, shape: [...shape], dtype: backend.binding.TF_FLOAT });
}

/** Threefry-2x32 of 20 rounds over the counters 0 … blocks - 1, as @fovea/random computes it one at a time. */
function threefry(ops: Ops, key: number, blocks: number): [number, number] {
  const word = (index: number) =>
    ops.run('GatherV2', ops.gatherTypes(), [key, ops.scalar(index), ops.scalar(0)]);
  const keys = [word(0), word(1)];
  keys.push(ops.binary('BitwiseXor', ops.binary('BitwiseXor', ops.scalar(PARITY), keys[0]), keys[1]));
  const range = [ops.type('Tidx', INT32)];
  const counter = ops.run('Range', range, [ops.scalar(0), ops.scalar(blocks), ops.scalar(1)]);
  let x1 = ops.binary('AddV2', counter, keys[1]);
  // The first word of the counter is the same for all; the sum with the other one, below, makes it a vector.
  let x0 = ops.binary('AddV2', ops.scalar(DOMAIN), keys[0]);
  for (let group = 0; group < 5; group++) {
    const first = (group & 1) * 4;
    for (let round = first; round < first + 4; round++) {
      x0 = ops.binary('AddV2', x0, x1);
      x1 = ops.binary('BitwiseXor', ops.rotate(x1, ROTATIONS[round]), x0);
    }
    x0 = ops.binary('AddV2', x0, keys[(group + 1) % 3]);
    x1 = ops.binary('AddV2', ops.binary('AddV2', x1, keys[(group + 2) % 3]), ops.scalar(group + 1));
  }
  return [x0, x1];
}

/** Calls libtensorflow on bare ids, for types that tfjs has no tensors of; releases what it made. */
class Ops {
  readonly #binding: NodeBinding;
  readonly #made: number[] = [];

  constructor(binding: NodeBinding) {
    this.#binding = binding;
  }

  run(name: string, attributes: OpAttribute[], inputs: number[]): number {
    return this.#keep(this.#binding.executeOp(name, attributes, inputs, 1)[0].id);
  }

  /** Op on two int32 operands. */
  binary(name: string, a: number, b: number): number {
    return this.run(name, [this.type('T', INT32)], [a, b]);
  }

  rotate(x: number, by: number): number {
    const left = this.binary('LeftShift', x, this.scalar(by));
    const right = this.binary('RightShift', x, this.scalar(32 - by)); // copies the sign, which the mask removes
    const mask = this.scalar(by === 31 ? 0x7fffffff : (1 << by) - 1);
    return this.binary('BitwiseOr', left, this.binary('BitwiseAnd', right, mask));
  }

  /** Words as doubles in [0, 1). */
  unit(words: number): number {
    const double = [this.type('T', DOUBLE)];
    const cast = (from: number, id: number) =>
      this.run('Cast', [this.type('SrcT', from), this.type('DstT', DOUBLE)], [id]);
    const negative = this.run('Less', [this.type('T', INT32)], [words, this.scalar(0)]);
    const turn = this.run('Mul', double, [cast(this.#binding.TF_BOOL, negative), this.double(2 ** 32)]);
    const unsigned = this.run('AddV2', double, [cast(INT32, words), turn]);
    return this.run('Mul', double, [unsigned, this.double(2 ** -32)]);
  }

  /** offset + scale * value, rounded to float32. */
  affine(value: number, offset: number, scale: number): number {
    const double = [this.type('T', DOUBLE)];
    const scaled = this.run('Mul', double, [value, this.double(scale)]);
    const moved = this.run('AddV2', double, [this.double(offset), scaled]);
    return this.run('Cast', [this.type('SrcT', DOUBLE), this.type('DstT', this.#binding.TF_FLOAT)], [moved]);
  }

  scalar(value: number): number {
    return this.#keep(this.#binding.createTensor([], INT32, Int32Array.of(value)));
  }

  ints(values: number[]): number {
    return this.#keep(this.#binding.createTensor([values.length], INT32, Int32Array.from(values)));
  }

  /** A double, from its bits: the binding makes none itself. */
  double(value: number): number {
    const bits = new Int32Array(Float64Array.of(value).buffer);
    return this.run('Bitcast', [this.type('T', INT32), this.type('type', DOUBLE)], [this.ints([...bits])]);
  }

  type(name: string, value: number): OpAttribute {
    return { name, type: this.#binding.TF_ATTR_TYPE, value };
  }

  int(name: string, value: number): OpAttribute {
    return { name, type: this.#binding.TF_ATTR_INT, value };
  }

  gatherTypes(): OpAttribute[] {
    return ['Tparams', 'Tindices', 'Taxis'].map((name) => this.type(name, INT32));
  }

  releaseAllBut(kept: number): void {
    for (const id of this.#made) if (id !== kept) this.#binding.deleteTensor(id);
  }

  #keep(id: number): number {
    this.#made.push(id);
    return id;
  }
}

function keyOf(key_2: Tensor): Key {
  const [high, low] = key_2.dataSync();
  return [high >>> 0, low >>> 0];
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1);
}
