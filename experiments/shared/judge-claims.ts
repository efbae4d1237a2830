import { bootstrapInterval, mean, tInterval } from '@fovea/eval';
import { key } from '@fovea/random';
import { judgeClaim, type Judgement, type ResultRecord } from '@fovea/results';
import type { Experiment } from './experiment.ts';

const CONFIDENCE = 0.95;

/** A verdict on each claim of an experiment, by a bootstrap and a Student interval of the gains, paired over seeds. */
export function judgeClaims(experiment: Experiment, records: readonly ResultRecord[]): Judgement[] {
  return experiment.claims.map((claim) =>
    judgeClaim(claim, records, {
      bootstrap: (gains) =>
        bootstrapInterval(gains, {
          confidence: CONFIDENCE,
          resamples: 10_000,
          method: 'percentile',
          key: key(0),
          statistic: mean,
        }),
      t: (gains) => tInterval(gains, { confidence: CONFIDENCE }),
    }),
  );
}
