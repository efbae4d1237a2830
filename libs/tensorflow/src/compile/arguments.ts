import type { Scalar, Tensor } from '@tensorflow/tfjs';
import { tf } from '../tf.ts';

/** Arguments of a compiled step: as the step's own, but a number may stand for any scalar tensor. */
export type Dynamic<T> = T extends Scalar
  ? T | number
  : T extends Tensor
    ? T
    : T extends object
      ? { [K in keyof T]: Dynamic<T[K]> }
      : T;

/** Arguments taken apart. */
export interface Flattened {
  /** Tensors and numbers in order of their appearance. */
  readonly leaves: readonly (Tensor | number)[];
  /** Equal for two lists of arguments if one graph serves both: structure, element types, shapes, fixed settings. */
  readonly signature: string;
  /** The same arguments with other leaves. */
  rebuild(leaves: readonly Tensor[]): unknown;
}

/**
 * Takes arguments apart into what changes from call to call (tensors, numbers) and what a graph is made for.
 *
 * @param where - what messages call the step
 * @throws Error for variables and for objects that are not plain
 */
export function flatten(where: string, value: unknown): Flattened {
  const leaves: (Tensor | number)[] = [];
  const signature: string[] = [];

  const visit = (node: unknown, path: string): ((leaves: readonly Tensor[]) => unknown) => {
    if (typeof node === 'number') {
      const index = leaves.push(node) - 1;
      signature.push('float32[]');
      return (values) => values[index];
    }
    if (node instanceof tf.Variable) {
      throw new Error(
        `compile: argument ${path} of ${where} is a variable. Let the step use it from its surroundings.`,
      );
    }
    if (isTensor(node)) {
      if (node.dtype === 'string' || node.dtype === 'complex64') {
        throw new Error(
          `compile: argument ${path} of ${where} is ${node.dtype}; float32, int32 and bool are possible.`,
        );
      }
      const index = leaves.push(node) - 1;
      signature.push(`${node.dtype}[${node.shape.join()}]`);
      return (values) => values[index];
    }
    if (node === null || node === undefined || typeof node === 'string' || typeof node === 'boolean') {
      signature.push(JSON.stringify(node) ?? 'undefined');
      return () => node;
    }
    if (Array.isArray(node)) {
      signature.push('[');
      const parts = node.map((part, index) => visit(part, `${path}[${index}]`));
      signature.push(']');
      return (values) => parts.map((part) => part(values));
    }
    if (isPlain(node)) {
      signature.push('{');
      const parts = Object.entries(node).map(([key, part]) => {
        signature.push(`${JSON.stringify(key)}:`);
        return [key, visit(part, `${path}.${key}`)] as const;
      });
      signature.push('}');
      return (values) => Object.fromEntries(parts.map(([key, part]) => [key, part(values)]));
    }
    throw new Error(
      `compile: argument ${path} of ${where} is ${kindOf(node)}; tensors, numbers, strings, booleans, arrays and plain objects are possible.`,
    );
  };

  const rebuild = visit(value, '');
  return { leaves, signature: signature.join(' '), rebuild };
}

/** A number as the scalar tensor that stands for it inside of a step; using it in JavaScript arithmetic throws. */
export function scalarOf(where: string, value: number): Scalar {
  return guarded(where, tf.scalar(value, 'float32'));
}

/** Makes JavaScript arithmetic with a scalar throw: its result would be NaN, or frozen into the graph. */
export function guarded<T extends Tensor>(where: string, scalar: T): T {
  const value = () => {
    throw new Error(
      `compile: ${where} uses a number of its arguments in JavaScript. Inside of a step it is a scalar tensor: use tf ops.`,
    );
  };
  Object.defineProperty(scalar, Symbol.toPrimitive, { value });
  return scalar;
}

/** A step's result taken apart into its tensors and a function that puts other tensors in their places. */
export function flattenResult(
  where: string,
  result: unknown,
): { tensors: Tensor[]; rebuild: (tensors: readonly Tensor[]) => unknown } {
  const tensors: Tensor[] = [];
  const visit = (node: unknown): ((values: readonly Tensor[]) => unknown) => {
    if (isTensor(node)) {
      const index = tensors.push(node) - 1;
      return (values) => values[index];
    }
    if (Array.isArray(node)) {
      const parts = node.map(visit);
      return (values) => parts.map((part) => part(values));
    }
    if (node instanceof Map) {
      const parts = [...node].map(([key, part]) => [key as unknown, visit(part)] as const);
      return (values) => new Map(parts.map(([key, part]) => [key, part(values)]));
    }
    if (node !== null && typeof node === 'object') {
      if (!isPlain(node)) {
        const remedy =
          node instanceof Promise
            ? 'Make the step synchronous'
            : 'Return tensors, arrays, maps or plain objects';
        throw new Error(`compile: ${where} returns ${kindOf(node)}. ${remedy}.`);
      }
      const parts = Object.entries(node).map(([key, part]) => [key, visit(part)] as const);
      return (values) => Object.fromEntries(parts.map(([key, part]) => [key, part(values)]));
    }
    return () => node;
  };
  const rebuild = visit(result);
  return { tensors, rebuild };
}

function isTensor(value: unknown): value is Tensor {
  return value instanceof tf.Tensor;
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function kindOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return `a ${typeof value}`;
  return `an object of class ${value.constructor?.name ?? 'unknown'}`;
}
