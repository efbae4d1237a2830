import { tf } from '@fovea/tensorflow';

const DOUBLE = 2; // TensorFlow's number of the type, which tfjs does not list

/** What is needed of tfjs-node's binding. */
interface Binding {
  readonly TF_ATTR_TYPE: number;
  readonly TF_ATTR_BOOL: number;
  readonly TF_INT32: number;
  readonly TF_FLOAT: number;
  createTensor(shape: number[], dtype: number, values: Float32Array | Int32Array): number;
  deleteTensor(id: number): void;
  tensorDataSync(id: number): ArrayBufferView;
  executeOp(name: string, attributes: object[], inputs: number[], outputs: number): { id: number }[];
}

/** A matrix of libtensorflow in double precision; only `DoubleOps` knows what to do with it. */
export interface DoubleMatrix {
  readonly id: number;
  readonly rows: number;
  readonly columns: number;
}

/** Products of matrices in double precision on all cores: libtensorflow has them, tfjs does not. Call `dispose` at the end. */
export class DoubleOps {
  readonly #binding: Binding;
  readonly #ids = new Set<number>();

  /** Undefined where libtensorflow is not loaded. */
  static create(): DoubleOps | undefined {
    if (tf.getBackend() !== 'tensorflow') return undefined;
    return new DoubleOps((tf.backend() as unknown as { binding: Binding }).binding);
  }

  private constructor(binding: Binding) {
    this.#binding = binding;
  }

  /** Doubles go in as pairs of integers with the same bits. */
  fromDoubles(values: Float64Array, rows: number): DoubleMatrix {
    const columns = values.length / rows;
    const halves = new Int32Array(values.slice().buffer);
    const pairs = this.#keep(this.#binding.createTensor([rows, columns, 2], this.#binding.TF_INT32, halves));
    const types = [this.#type('T', this.#binding.TF_INT32), this.#type('type', DOUBLE)];
    const id = this.#run('Bitcast', types, [pairs]);
    this.#drop(pairs);
    return { id, rows, columns };
  }

  fromFloats(values: Float32Array, rows: number): DoubleMatrix {
    const columns = values.length / rows;
    const single = this.#keep(this.#binding.createTensor([rows, columns], this.#binding.TF_FLOAT, values));
    const types = [this.#type('SrcT', this.#binding.TF_FLOAT), this.#type('DstT', DOUBLE)];
    const id = this.#run('Cast', [...types, this.#flag('Truncate', false)], [single]);
    this.#drop(single);
    return { id, rows, columns };
  }

  /** a - b, where b may be one row. */
  subtract(a: DoubleMatrix, b: DoubleMatrix): DoubleMatrix {
    return { ...a, id: this.#run('Sub', [this.#type('T', DOUBLE)], [a.id, b.id]) };
  }

  add(a: DoubleMatrix, b: DoubleMatrix): DoubleMatrix {
    return { ...a, id: this.#run('AddV2', [this.#type('T', DOUBLE)], [a.id, b.id]) };
  }

  /** Columns from … from + count - 1. */
  columns({ id, rows }: DoubleMatrix, from: number, count: number): DoubleMatrix {
    const ints = (...values: number[]): number =>
      this.#keep(this.#binding.createTensor([2], this.#binding.TF_INT32, Int32Array.from(values)));
    const [begin, size] = [ints(0, from), ints(rows, count)];
    const types = [this.#type('T', DOUBLE), this.#type('Index', this.#binding.TF_INT32)];
    const part = this.#run('Slice', types, [id, begin, size]);
    this.#drop(begin);
    this.#drop(size);
    return { id: part, rows, columns: count };
  }

  /** a^T b */
  transposedProduct(a: DoubleMatrix, b: DoubleMatrix): DoubleMatrix {
    const flags = [this.#flag('transpose_a', true), this.#flag('transpose_b', false)];
    const id = this.#run('MatMul', [...flags, this.#type('T', DOUBLE)], [a.id, b.id]);
    return { id, rows: a.columns, columns: b.columns };
  }

  read({ id }: DoubleMatrix): Float64Array {
    const types = [this.#type('T', DOUBLE), this.#type('type', this.#binding.TF_INT32)];
    const pairs = this.#run('Bitcast', types, [id]);
    const { buffer, byteOffset, byteLength } = this.#binding.tensorDataSync(pairs);
    this.#drop(pairs);
    return new Float64Array(buffer.slice(byteOffset, byteOffset + byteLength));
  }

  free(...matrices: readonly DoubleMatrix[]): void {
    for (const { id } of matrices) this.#drop(id);
  }

  /** Frees whatever is left. */
  dispose(): void {
    for (const id of this.#ids) this.#drop(id);
  }

  #run(name: string, attributes: object[], inputs: number[]): number {
    return this.#keep(this.#binding.executeOp(name, attributes, inputs, 1)[0].id);
  }

  #keep(id: number): number {
    this.#ids.add(id);
    return id;
  }

  #drop(id: number): void {
    if (this.#ids.delete(id)) this.#binding.deleteTensor(id);
  }

  #type(name: string, value: number): object {
    return { name, type: this.#binding.TF_ATTR_TYPE, value };
  }

  #flag(name: string, value: boolean): object {
    return { name, type: this.#binding.TF_ATTR_BOOL, value };
  }
}
