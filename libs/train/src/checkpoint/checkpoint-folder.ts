import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { readCheckpoint, writeCheckpoint, type Checkpoint } from './checkpoint.ts';

/** Where checkpoints of one run lie, and how many. */
export interface CheckpointOptions {
  /** A folder for this run alone. */
  readonly folder: string;
  /** Steps between two checkpoints, beside the one that ends each epoch; default: none. */
  readonly everySteps?: number;
  /** Epochs between two checkpoints, >= 1; default 1. The last epoch always has one. */
  readonly everyEpochs?: number;
  /** How many of the newest stay, >= 1; default 2. */
  readonly keep?: number;
  /** Keeps the epoch with the best mean of a figure as `best` too: `loss`, a metric of the learner, or a monitor (`collapse/…`). */
  readonly best?: { readonly metric: string; readonly better: 'lower' | 'higher' };
  /** Whether to go on from the newest checkpoint; default true. With false, a folder that has one is refused. */
  readonly resume?: boolean;
  /** What determines the run beside learner, key and lengths, such as a digest of its configuration: other values are refused. */
  readonly identity?: string;
}

const NAME = /^step-(\d{9})\.json$/;

/** The checkpoints of one run as files `step-<steps done>` and `best`. */
export class CheckpointFolder {
  readonly #folder: string;
  readonly #keep: number;

  constructor({ folder, keep = 2 }: CheckpointOptions) {
    if (!Number.isInteger(keep) || keep < 1) {
      throw new RangeError(`fit: checkpoints.keep must be a positive integer, got ${keep}.`);
    }
    this.#folder = folder;
    this.#keep = keep;
  }

  /** The newest checkpoint, or null where there is none. A damaged one is refused, never passed over in silence. */
  newest(): { path: string; checkpoint: Checkpoint } | null {
    const [newest] = this.#names();
    if (newest === undefined) return null;
    const path = join(this.#folder, newest);
    return { path, checkpoint: readCheckpoint(path) };
  }

  /** Writes a checkpoint and removes what is older than the newest `keep`, and what a crash left of others. */
  write(checkpoint: Checkpoint): void {
    const name = `step-${String(checkpoint.position.step).padStart(9, '0')}`;
    writeCheckpoint(join(this.#folder, name), checkpoint);
    const kept = new Set(this.#names().slice(0, this.#keep));
    for (const file of readdirSync(this.#folder)) {
      const json = file.replace(/\.(safetensors|json)(\.\d+\.\d+\.tmp)?$/, '.json');
      const isLeftOver = file.endsWith('.tmp') || !kept.has(json);
      const isOurs = NAME.test(json) || (json === 'best.json' && file.endsWith('.tmp'));
      if (isOurs && isLeftOver) rmSync(join(this.#folder, file), { force: true });
    }
  }

  /** Writes the best checkpoint so far. */
  writeBest(checkpoint: Checkpoint): void {
    writeCheckpoint(join(this.#folder, 'best'), checkpoint);
  }

  /** Names of JSON files, the newest first. */
  #names(): string[] {
    try {
      return readdirSync(this.#folder)
        .filter((name) => NAME.test(name))
        .sort()
        .reverse();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw error;
    }
  }
}
