import { readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { decodeSafetensors, digest, encodeSafetensors, writeFileAtomic, type SafeTensor } from '@fovea/files';
import type { EpochReport } from '../fit-options.ts';

/** What determines a run: a checkpoint of another one is refused. */
export interface RunIdentity {
  readonly learner: string;
  /** What the caller says determines the run, such as a digest of its configuration; empty where nothing was said. */
  readonly identity: string;
  readonly key: readonly [number, number];
  readonly epochs: number;
  readonly stepsPerEpoch: number;
  readonly images: number;
  readonly accumulate: number;
}

/** Where a run stands. */
export interface RunPosition {
  readonly run: RunIdentity;
  /** Steps done. */
  readonly step: number;
  readonly steps: number;
  /** The next batch that the view source is asked for. */
  readonly loader: { readonly epoch: number; readonly batch: number };
  /** Values of the schedules at the next step, for people to read; a resumed run computes its own. */
  readonly schedules: Readonly<Record<string, number>>;
  readonly seconds: number;
  readonly epochs: readonly EpochReport[];
  readonly series: readonly { readonly name: string; readonly unit: string }[];
  readonly warnings: readonly string[];
  /** Best value of the metric that `best` names, so far. */
  readonly best: number | null;
}

/** A checkpoint in memory: tensors by name, and where the run stands. */
export interface Checkpoint {
  readonly tensors: ReadonlyMap<string, SafeTensor>;
  readonly position: RunPosition;
}

interface CheckpointFile extends RunPosition {
  readonly format: typeof FORMAT;
  readonly version: typeof VERSION;
  readonly tensors: { readonly file: string; readonly sha256: string; readonly bytes: number };
}

/** What a JSON file may be before it is checked. */
type Claimed = Omit<CheckpointFile, 'format' | 'version'> & {
  readonly format: unknown;
  readonly version: unknown;
};

const FORMAT = 'fovea-checkpoint';
const VERSION = 1;

/**
 * Writes a checkpoint as two files, `<path>.safetensors` and `<path>.json`.
 *
 * The JSON comes last and holds the digest of the other file: without it there is no checkpoint, so a crash leaves a whole one or none.
 */
export function writeCheckpoint(path: string, { tensors, position }: Checkpoint): void {
  const bytes = encodeSafetensors(tensors, { format: FORMAT, learner: position.run.learner });
  writeFileAtomic(`${path}.safetensors`, bytes);
  const file: CheckpointFile = {
    format: FORMAT,
    version: VERSION,
    ...position,
    tensors: {
      file: `${basename(path)}.safetensors`,
      sha256: digest(bytes),
      bytes: bytes.byteLength,
    },
  };
  writeFileAtomic(`${path}.json`, `${JSON.stringify(file, null, 1)}\n`);
}

/**
 * Reads a checkpoint by the path of its JSON file.
 *
 * @throws Error naming the file and what is wrong with it: no JSON, another format or version, a field missing, tensors missing, of
 * another size or digest, or no sound safetensors file
 */
export function readCheckpoint(jsonPath: string): Checkpoint {
  const refuse = (reason: string, cause?: unknown): never => {
    throw new Error(
      `readCheckpoint: ${jsonPath} ${reason}. Delete it and its .safetensors to go on from an older one.`,
      { cause },
    );
  };
  const { format, version, tensors, ...position } = parse(jsonPath, refuse) as Claimed;
  if (format !== FORMAT) refuse(`is not a checkpoint (its format is ${JSON.stringify(format)})`);
  if (version !== VERSION) refuse(`has version ${JSON.stringify(version)}; this program reads ${VERSION}`);
  const missing = FIELDS.filter((field) => !(field in position));
  const hasTensors = typeof (tensors as Partial<CheckpointFile['tensors']> | undefined)?.file === 'string';
  if (missing.length > 0 || !hasTensors) {
    refuse(`lacks ${[...missing, ...(hasTensors ? [] : ['tensors'])].join(', ')}`);
  }
  const path = join(dirname(jsonPath), basename(tensors.file));
  const bytes = readBytes(path, refuse);
  if (bytes.length !== tensors.bytes) {
    refuse(`names ${tensors.file} of ${tensors.bytes} bytes, and the file has ${bytes.length}`);
  }
  if (digest(bytes) !== tensors.sha256) refuse(`names ${tensors.file}, whose contents have changed since`);
  try {
    return { tensors: decodeSafetensors(bytes, path).tensors, position };
  } catch (error) {
    return refuse(`names tensors that cannot be read: ${(error as Error).message}`, error);
  }
}

const FIELDS = [
  'run',
  'step',
  'steps',
  'loader',
  'schedules',
  'seconds',
  'epochs',
  'series',
  'warnings',
  'best',
] as const satisfies readonly (keyof RunPosition)[];

type Refuse = (reason: string, cause?: unknown) => never;

function parse(path: string, refuse: Refuse): CheckpointFile {
  try {
    const value: unknown = JSON.parse(readFileSync(path, 'utf8'));
    if (typeof value === 'object' && value !== null) return value as CheckpointFile; // fields are checked next
  } catch (error) {
    return refuse(`cannot be read: ${(error as Error).message}`, error);
  }
  return refuse('holds no object');
}

function readBytes(path: string, refuse: Refuse): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    return refuse(`names tensors that cannot be read: ${(error as Error).message}`, error);
  }
}
