import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { GoldenDtype, GoldenTensor } from './adapter.ts';

/** Golden numbers keep their double precision; only inputs become typed arrays. */
export interface GoldenExpected {
  readonly dtype: GoldenDtype;
  readonly shape: readonly number[];
  readonly data: readonly number[];
  readonly atol: number;
}

export interface GoldenCase {
  readonly name: string;
  readonly inputs: Readonly<Record<string, GoldenTensor>>;
  readonly options: Readonly<Record<string, unknown>>;
  readonly outputs: Readonly<Record<string, GoldenExpected>>;
  readonly gradients: Readonly<Record<string, GoldenExpected>>;
}

export interface GoldenFile {
  readonly function: string;
  readonly cases: readonly GoldenCase[];
}

/** Base tolerances of the format, for a tensor that states no `atol` of its own. */
const baseTolerance = { outputs: 1e-6, gradients: 1e-7 };
const arrays = { float32: Float32Array, int32: Int32Array, uint8: Uint8Array, bool: Uint8Array };
/** Whole numbers that a type holds; float32 holds any number. */
const ranges: Partial<Record<GoldenDtype, [number, number]>> = {
  int32: [-(2 ** 31), 2 ** 31 - 1],
  uint8: [0, 255],
  bool: [0, 1],
};
const nonFinite: Record<string, number> = { NaN, Infinity, '-Infinity': -Infinity };

/**
 * Reads and checks one golden file.
 *
 * @throws Error that names the file, the field and what is wrong with it
 */
export function readGoldenFile(path: string): GoldenFile {
  const where = basename(path);
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    throw new Error(`${where}: not valid JSON: ${problem}`, { cause: error });
  }
  const file = object(json, where, 'the file');
  if (typeof file.function !== 'string' || file.function === '') {
    throw wrong(where, 'function', 'must be a non-empty string', file.function);
  }
  if (!Array.isArray(file.cases) || file.cases.length === 0) {
    throw wrong(where, 'cases', 'must be a list of at least one case', file.cases);
  }
  return {
    function: file.function,
    cases: file.cases.map((entry, index) => readCase(entry, where, `cases[${index}]`)),
  };
}

function readCase(json: unknown, where: string, field: string): GoldenCase {
  const entry = object(json, where, field);
  if (typeof entry.name !== 'string') throw wrong(where, `${field}.name`, 'must be a string', entry.name);
  const inputs = object(entry.inputs, where, `${field}.inputs`);
  const outputs = expected(entry.outputs, where, `${field}.outputs`, baseTolerance.outputs);
  const gradients = expected(entry.gradients ?? {}, where, `${field}.gradients`, baseTolerance.gradients);
  if (Object.keys(outputs).length + Object.keys(gradients).length === 0) {
    throw new Error(`${where}: ${field}.outputs is empty, so the case compares nothing.`);
  }
  for (const name of Object.keys(gradients)) {
    if (!Object.hasOwn(inputs, name))
      throw new Error(`${where}: ${field}.gradients.${name} names no input of the case.`);
  }
  return {
    name: entry.name,
    inputs: Object.fromEntries(
      Object.entries(inputs).map(([name, value]) => [name, input(value, where, `${field}.inputs.${name}`)]),
    ),
    options: object(entry.options ?? {}, where, `${field}.options`),
    outputs,
    gradients,
  };
}

function expected(json: unknown, where: string, field: string, base: number): Record<string, GoldenExpected> {
  const entries = Object.entries(object(json, where, field)).map(([name, value]) => {
    const { dtype, shape, data, atol } = tensor(value, where, `${field}.${name}`);
    return [name, { dtype, shape, data, atol: atol ?? base }] as const;
  });
  return Object.fromEntries(entries);
}

function input(json: unknown, where: string, field: string): GoldenTensor {
  const { dtype, shape, data } = tensor(json, where, field);
  return { dtype, shape, data: arrays[dtype].from(data) };
}

function tensor(
  json: unknown,
  where: string,
  field: string,
): Omit<GoldenExpected, 'atol'> & { atol?: number } {
  const { dtype, shape, data, atol } = object(json, where, field);
  if (typeof dtype !== 'string' || !Object.hasOwn(arrays, dtype)) {
    throw wrong(where, `${field}.dtype`, `must be one of ${Object.keys(arrays).join(', ')}`, dtype);
  }
  if (!Array.isArray(shape) || !(shape as unknown[]).every((length) => isWhole(length, 0))) {
    throw wrong(where, `${field}.shape`, 'must be a list of whole numbers >= 0', shape);
  }
  if (!Array.isArray(data)) throw wrong(where, `${field}.data`, 'must be a flat list of numbers', data);
  const lengths = shape as number[];
  const size = lengths.reduce((product, length) => product * length, 1);
  if (data.length !== size) {
    throw new Error(
      `${where}: ${field}.data must have ${size} entries for shape [${lengths.join(', ')}], got ${data.length}.`,
    );
  }
  const allowed = ranges[dtype as GoldenDtype];
  const values = data.map((value: unknown, index) => {
    const number = typeof value === 'string' && dtype === 'float32' ? nonFinite[value] : value;
    const fits = allowed ? isWhole(number, ...allowed) : typeof number === 'number';
    if (!fits) {
      const kind = allowed
        ? `a whole number in [${allowed.join(', ')}] for ${dtype}`
        : 'a number, or one of "NaN", "Infinity", "-Infinity"';
      throw wrong(where, `${field}.data[${index}]`, `must be ${kind}`, value);
    }
    return number as number;
  });
  if (atol !== undefined && !(typeof atol === 'number' && atol >= 0)) {
    throw wrong(where, `${field}.atol`, 'must be a number >= 0', atol);
  }
  return { dtype: dtype as GoldenDtype, shape: lengths, data: values, atol };
}

function isWhole(value: unknown, low: number, high = Infinity): boolean {
  return Number.isInteger(value) && (value as number) >= low && (value as number) <= high;
}

function object(json: unknown, where: string, field: string): Record<string, unknown> {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw wrong(where, field, 'must be an object', json);
  }
  return json as Record<string, unknown>;
}

function wrong(where: string, field: string, rule: string, value: unknown): Error {
  const shown = value === undefined ? 'nothing' : JSON.stringify(value).slice(0, 60);
  return new Error(`${where}: ${field} ${rule}, got ${shown}.`);
}
