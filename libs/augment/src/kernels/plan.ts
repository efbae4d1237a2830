/** The fields of the kernels' plan, in the order of kernels/plan.as; each is four bytes. */
export const FIELDS = [
  'width',
  'height',
  'paddedWidth',
  'source',
  'sourceStride',
  'lineBytes',
  'rowFirst',
  'rowPairs',
  'rowWeights',
  'columnFirst',
  'columnPairs',
  'columnWeights',
  'line',
  'row',
  'planes',
  'out',
  'ops',
  'opsBefore',
  'opsAfter',
  'sumsGrey',
  'keepsFirst',
  'keepsSecond',
  'blurRadius',
  'blurWeights',
  'blurRows',
  'blurColumns',
  'blurLine',
  'solarizes',
  'copies',
] as const;

/** Addresses, counts and flags of one view. */
export type Plan = Record<(typeof FIELDS)[number], number>;

/** Address of the plan, as in kernels/plan.as. */
export const PLAN = 16;

/** Place of the first real number of the plan: scale and bias of the channels, and the limit of solarisation. */
export const REALS = 32;

/** Where the plan ends and tables may begin. */
export const PLAN_END = PLAN + (REALS + 7) * 4 + 4;
