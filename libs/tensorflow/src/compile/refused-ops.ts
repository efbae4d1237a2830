const SHAPES = 'the shape of its result depends on data';
const RANDOM = 'it draws from a global generator';
const EFFECT = 'its effect is outside of the graph';

const REASONS: Readonly<Record<string, string>> = {
  Where: SHAPES,
  Unique: SHAPES,
  UniqueV2: SHAPES,
  UniqueWithCounts: SHAPES,
  ListDiff: SHAPES,
  NonMaxSuppression: SHAPES,
  NonMaxSuppressionV2: SHAPES,
  NonMaxSuppressionV3: SHAPES,
  NonMaxSuppressionV4: SHAPES,
  NonMaxSuppressionV5: SHAPES,
  Multinomial: RANDOM,
  RandomUniform: RANDOM,
  RandomUniformInt: RANDOM,
  RandomStandardNormal: RANDOM,
  TruncatedNormal: RANDOM,
  RandomShuffle: RANDOM,
};

const REMEDIES: Readonly<Record<string, string>> = {
  [SHAPES]: 'Compute it outside of the step, or with a mask of fixed shape',
  [RANDOM]: 'Draw from a key of @fovea/random and pass the tensor as an argument',
  [EFFECT]: 'Do it outside of the step',
};

/** Why a graph cannot replay an op, with the remedy; undefined where it can. */
export function refusal(op: string): string | undefined {
  const reason = REASONS[op] ?? (/Summary|^Print|^Write|^Read|^Encode|^Decode/.test(op) ? EFFECT : undefined);
  return reason && `"${op}" cannot be replayed: ${reason}. ${REMEDIES[reason]}.`;
}
