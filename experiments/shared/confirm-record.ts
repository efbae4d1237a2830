import { codeDigestToday, provenance, type Confirmation, type ResultRecord } from '@fovea/results';
import { backendInfo, ready } from '@fovea/tensorflow';
import type { Experiment } from './experiment.ts';
import { firstEpochs, runArm, type RunRequest } from './run-arm.ts';

/** What a short run of today's code says of a record. */
export interface Confirmed {
  /** Absent where something differs. */
  readonly confirmation?: Confirmation;
  /** What differs, a line each: what the record holds and what today's code gives. */
  readonly differences: readonly string[];
}

/**
 * Whether today's code still gives what a record holds: of a trained arm the mean loss of its first epoch, and of all up to the first that the
 * network's own maps guide; of an untrained one every metric. Bit by bit, so on a like machine and with as many threads.
 *
 * A tenth of a run, or less, in place of all of it: for code that changed without meaning to change results. What comes after the epochs that
 * were compared is not seen; the evaluations are, in the arms that are not trained.
 *
 * @throws Error when the record was made with another number of threads
 */
export async function confirmRecord(
  experiment: Experiment,
  record: ResultRecord,
  options: Pick<RunRequest, 'onStep'> = {},
): Promise<Confirmed> {
  await ready();
  const backend = backendInfo();
  if (backend.threads !== record.provenance.threads) {
    throw new Error(
      `confirmRecord: record ${record.id} was made with ${record.provenance.threads} thread(s), this process has ${backend.threads}. ` +
        `Set FOVEA_THREADS=${record.provenance.threads}.`,
    );
  }
  const startedAt = new Date();
  const request = { ...options, experiment, arm: record.arm, profile: record.profile, seed: record.seed };
  const { was, is, compared } = await comparison(record, request);
  const differences = Object.keys({ ...was, ...is })
    .filter((name) => was[name] !== is[name])
    .map((name) => `${name}: the record holds ${was[name]}, today's code gives ${is[name]}`);
  if (differences.length > 0) return { differences };
  return {
    differences,
    confirmation: {
      record: record.id,
      code: codeDigestToday(record.code).digest,
      compared,
      provenance: provenance({
        command: `npx fovea results confirm ${experiment.name} --profile ${record.profile}`,
        startedAt,
        backend,
      }),
    },
  };
}

type Values = Readonly<Record<string, number | null>>;

async function comparison(
  record: ResultRecord,
  request: RunRequest,
): Promise<{ was: Values; is: Values; compared: string }> {
  const losses = record.curves.find(({ name }) => name === 'train.loss');
  if (losses === undefined) {
    const again = await runArm({ ...request, checkpoints: false });
    return { was: metricsOf(record), is: metricsOf(again), compared: `all ${record.metrics.length} metrics` };
  }
  const epochs = await firstEpochs(request);
  const named = (values: readonly (number | null)[]): Values =>
    Object.fromEntries(epochs.map((_, index) => [`mean loss of epoch ${index + 1}`, values[index]]));
  return {
    was: named(losses.values),
    is: named(epochs),
    compared: `mean loss of ${epochs.length === 1 ? 'epoch 1' : `epochs 1 to ${epochs.length}`} of ${losses.values.length}`,
  };
}

function metricsOf({ metrics }: ResultRecord): Values {
  return Object.fromEntries(metrics.map(({ name, value }) => [name, value]));
}
