import type { NodeBinding, OpAttribute } from '../backend.ts';
import { floats, Message, packedIntegers } from './protobuf.ts';

const GRAPH_PRODUCER = 2100; // version of the graph format that libtensorflow 2.x writes
const SAVED_MODEL_SCHEMA = 1;

/** Attributes of a node by name. */
export type Attributes = Readonly<Record<string, Message>>;

/** Builds a TensorFlow graph node by node; fields are numbered as in TensorFlow's graph.proto, attr_value.proto and tensor.proto. */
export class GraphDef {
  readonly #graph = new Message();
  #nodes = 0;

  /** Nodes so far. */
  get nodes(): number {
    return this.#nodes;
  }

  /**
   * Adds a node.
   *
   * @param inputs - `node:output`, or `^node` for an order without data
   * @returns the name
   */
  node(name: string, op: string, inputs: readonly string[], attributes: Attributes): string {
    const node = new Message().bytes(1, name).bytes(2, op);
    for (const input of inputs) node.bytes(3, input);
    for (const [key, value] of Object.entries(attributes)) {
      node.message(5, new Message().bytes(1, key).message(2, value));
    }
    this.#graph.message(1, node);
    this.#nodes++;
    return name;
  }

  /** The graph as the bytes of a `saved_model.pb` with the one tag `serve`. */
  savedModel(): Uint8Array {
    this.#graph.message(4, new Message().integer(1, GRAPH_PRODUCER));
    const info = new Message().bytes(4, 'serve');
    const metaGraph = new Message().message(1, info).message(2, this.#graph);
    return new Message().integer(1, SAVED_MODEL_SCHEMA).message(2, metaGraph).encode();
  }
}

/** Attribute that is an element type. */
export function typeValue(dtype: number): Message {
  return new Message().integer(6, dtype);
}

/** Attribute that is a shape. */
export function shapeValue(shape: readonly number[]): Message {
  return new Message().message(7, shapeMessage(shape));
}

/** Attribute that is a string. */
export function stringValue(text: string): Message {
  return new Message().bytes(2, text);
}

/** Attribute that is a tensor. `bytes` holds every element, or only one, which then fills the shape. */
export function tensorValue(
  binding: NodeBinding,
  dtype: number,
  shape: readonly number[],
  bytes: Uint8Array,
  uniform: boolean,
): Message {
  const tensor = new Message().integer(1, dtype).message(2, shapeMessage(shape));
  if (!uniform) return new Message().message(8, tensor.bytes(4, bytes));
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (dtype === binding.TF_FLOAT) tensor.bytes(5, floats([view.getFloat32(0, true)]));
  else if (dtype === binding.TF_INT32) tensor.bytes(7, packedIntegers([view.getInt32(0, true)]));
  else tensor.bytes(11, packedIntegers([view.getUint8(0)]));
  return new Message().message(8, tensor);
}

/** Attribute as tfjs-node gave it to an eager op. */
export function attributeValue(binding: NodeBinding, { type, value }: OpAttribute): Message {
  const message = new Message();
  if (type === binding.TF_ATTR_TYPE) return message.integer(6, value as number);
  if (type === binding.TF_ATTR_SHAPE) return message.message(7, shapeMessage(value as number[]));
  if (Array.isArray(value)) {
    const list = new Message();
    if (type === binding.TF_ATTR_INT) list.bytes(3, packedIntegers(value as number[]));
    else if (type === binding.TF_ATTR_FLOAT) list.bytes(4, floats(value as number[]));
    else if (type === binding.TF_ATTR_BOOL) list.bytes(5, packedIntegers(value.map(Number)));
    else for (const text of value as string[]) list.bytes(2, text);
    return message.message(1, list);
  }
  if (type === binding.TF_ATTR_INT) return message.integer(3, value as number);
  if (type === binding.TF_ATTR_FLOAT) return message.float(4, value as number);
  if (type === binding.TF_ATTR_BOOL) return message.integer(5, Number(value));
  return message.bytes(2, value as string);
}

function shapeMessage(shape: readonly number[]): Message {
  const message = new Message();
  for (const size of shape) message.message(2, new Message().integer(1, size));
  return message;
}
