/** Frozen features with their labels. */
export interface LabelledFeatures {
  /** [N, D], row after row; N is the number of labels. */
  readonly features: Float32Array;
  /** [N], integers in [0, classes). */
  readonly labels: Int32Array;
}

/** What every evaluator on cached features takes: the labelled train split, the test split, the number of classes. */
export interface FeatureSplits {
  readonly train: LabelledFeatures;
  readonly test: LabelledFeatures;
  readonly classes: number;
}

/**
 * Refuses splits on which no evaluator could give an honest number, and returns their sizes.
 *
 * @param splits - train and test features of the same width D
 * @param where - name of the calling function, for the message
 * @returns N train rows, M test rows, D columns
 * @throws Error for fewer than two classes, a class that the train split lacks, differing widths, and whatever `checkLabelled` refuses
 */
export function checkFeatureSplits(
  splits: FeatureSplits,
  where: string,
): { N: number; M: number; D: number } {
  const { train, test, classes } = splits;
  const { N, D } = checkLabelled(train, classes, `${where}: train`);
  const seen = new Uint8Array(classes);
  for (const label of train.labels) seen[label] = 1;
  const absent = seen.indexOf(0);
  if (absent >= 0) {
    throw new Error(
      `${where}: train has no sample of class ${absent} of ${classes}; add some, or lower classes and renumber the labels.`,
    );
  }
  const { N: M, D: width } = checkLabelled(test, classes, `${where}: test`);
  if (width !== D)
    throw new Error(`${where}: train has ${D} columns and test has ${width}; use one backbone for both.`);
  return { N, M, D };
}

/**
 * Refuses labelled features that are not [N, D] finite numbers with N labels in [0, classes).
 *
 * @param where - function and argument, `'knn: train'`
 * @throws Error naming the first bad row
 */
export function checkLabelled(
  { features, labels }: LabelledFeatures,
  classes: number,
  where: string,
): { N: number; D: number } {
  if (!Number.isInteger(classes) || classes < 2) {
    throw new Error(`${where}: classes must be an integer >= 2, got ${classes}.`);
  }
  const N = labels.length;
  const D = checkMatrix(features, N, `${where}.features`);
  labels.forEach((label, row) => {
    if (label < 0 || label >= classes) {
      throw new Error(`${where}.labels: row ${row} has label ${label}; labels must lie in [0, ${classes}).`);
    }
  });
  return { N, D };
}

/**
 * Refuses a row-major matrix that does not have N equal rows of finite numbers.
 *
 * @returns the number of columns
 * @throws Error naming the first row with NaN or an infinity
 */
export function checkMatrix(matrix: Float32Array | Float64Array, N: number, where: string): number {
  const D = matrix.length / N;
  if (N === 0 || D === 0 || !Number.isInteger(D)) {
    throw new Error(`${where}: ${matrix.length} numbers are not ${N} rows of one length >= 1.`);
  }
  if (isFinite4(matrix)) return D;
  for (let at = 0; at < matrix.length; at++) {
    if (!Number.isFinite(matrix[at])) {
      throw new Error(
        `${where}: row ${Math.floor(at / D)} holds ${matrix[at]} in column ${at % D}; the backbone diverged or its input is broken.`,
      );
    }
  }
  return D;
}

/** Whether all numbers are finite: 0 times anything else is NaN, and four sums at a time wait for nothing. */
function isFinite4(values: Float32Array | Float64Array): boolean {
  let [a, b, c, d] = [0, 0, 0, 0];
  const whole = values.length - (values.length % 4);
  for (let at = 0; at < whole; at += 4) {
    a += 0 * values[at];
    b += 0 * values[at + 1];
    c += 0 * values[at + 2];
    d += 0 * values[at + 3];
  }
  for (let at = whole; at < values.length; at++) a += 0 * values[at];
  return a + b + c + d === 0;
}
