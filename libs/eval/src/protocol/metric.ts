/** One measured number, its protocol in its name. */
export interface Metric {
  /** What was measured and how, dotted from the protocol to the statistic: `knn.k20.t0.07.top1`. */
  readonly metric: string;
  readonly value: number;
  /** Number of test items (images, boxes, episodes …) behind the value. */
  readonly n: number;
  /** `'%'` runs from 0 to 100, `'1'` is dimensionless. */
  readonly unit: '%' | '1';
  /** Whether a larger value is the better one. */
  readonly direction: 'up' | 'down';
  /** Hyper-parameters that were chosen on data held out of train, where any were. */
  readonly chosen?: Readonly<Record<string, number>>;
}
