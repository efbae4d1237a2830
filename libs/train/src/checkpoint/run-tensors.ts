import type { SafeTensor } from '@fovea/files';
import type { Learner } from '@fovea/methods';
import { tf, type Variable } from '@fovea/tensorflow';
import type { Optimiser } from '../optimisers/optimiser.ts';

/** Every variable that a run must save, under the name that it has in a checkpoint. */
export function runVariables(learner: Learner, optimiser: Optimiser): Map<string, Variable> {
  return new Map([
    ...[...learner.state].map(([name, variable]) => [`learner/${name}`, variable] as const),
    ...[...learner.weights]
      .filter(([name]) => !learner.state.has(name))
      .map(([name, variable]) => [`learner/${name}`, variable] as const),
    ...[...optimiser.state].map(([name, variable]) => [`optimiser/${name}`, variable] as const),
  ]);
}

/** Variables as tensors of a safetensors file. */
export function toTensors(variables: ReadonlyMap<string, Variable>): Map<string, SafeTensor> {
  return new Map([...variables].map(([name, variable]) => [name, toTensor(variable)]));
}

/**
 * Gives variables the values of a checkpoint.
 *
 * @param where - what messages call the checkpoint
 * @throws Error when a variable has no tensor of its name, shape and element type, or a tensor no variable; nothing is changed then
 */
export function assignTensors(
  where: string,
  variables: ReadonlyMap<string, Variable>,
  tensors: ReadonlyMap<string, SafeTensor>,
): void {
  const foreign = [...tensors.keys()].filter((name) => !variables.has(name));
  if (foreign.length > 0) {
    throw new Error(`${where} holds ${list(foreign)}, which this run does not have.`);
  }
  const lacking = [...variables.keys()].filter((name) => !tensors.has(name));
  if (lacking.length > 0) throw new Error(`${where} lacks ${list(lacking)}.`);
  const pairs = [...variables].map(([name, variable]) => {
    const tensor = tensors.get(name) as SafeTensor; // not lacking
    const [theirs, ours] = [kind(tensor), `${DTYPES[variable.dtype]} [${variable.shape.join(', ')}]`];
    if (theirs !== ours) throw new Error(`${where} has "${name}" as ${theirs}, and this run as ${ours}.`);
    return [variable, tensor] as const;
  });
  tf.tidy(() => {
    for (const [variable, { data, shape }] of pairs) {
      // A copy: tf.tensor may keep the array, and a checkpoint's must not change.
      variable.assign(tf.tensor(data.slice() as Float32Array, [...shape], variable.dtype));
    }
  });
}

const DTYPES: Readonly<Record<string, string>> = { float32: 'F32', int32: 'I32', bool: 'BOOL' };

function toTensor(variable: Variable): SafeTensor {
  const { shape, dtype } = variable;
  const data = variable.dataSync();
  if (dtype === 'float32') return { dtype: 'F32', shape, data: Float32Array.from(data) };
  if (dtype === 'int32') return { dtype: 'I32', shape, data: Int32Array.from(data) };
  if (dtype === 'bool') return { dtype: 'BOOL', shape, data: Uint8Array.from(data) };
  throw new Error(`fit: variable "${variable.name}" is ${dtype}, which a checkpoint does not hold.`);
}

function kind({ dtype, shape }: SafeTensor): string {
  return `${dtype} [${shape.join(', ')}]`;
}

function list(names: readonly string[]): string {
  const shown = names
    .slice(0, 3)
    .map((name) => `"${name}"`)
    .join(', ');
  return names.length > 3 ? `${shown} and ${names.length - 3} more` : shown;
}
