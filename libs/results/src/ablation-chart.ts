import { meanAndSpread } from './mean-and-spread.ts';
import { chartSpec, type VegaLiteSpec } from './vega-lite-spec.ts';

/** What one change does: the gain over what was changed, one number a seed. */
export interface AblationRow {
  readonly label: string;
  readonly gains: readonly number[];
}

/** Changes of one kind. */
export interface AblationGroup {
  readonly title: string;
  readonly rows: readonly AblationRow[];
}

export interface AblationChartOptions {
  readonly title: string;
  /** Title of the axis, with its unit. */
  readonly value: string;
  readonly groups: readonly AblationGroup[];
}

/**
 * A Vega-Lite chart of what changes do: a block of rows a group, a bar from zero to the mean gain and a dot a seed.
 *
 * @throws RangeError for a row without a gain, or with one that is not finite
 *
 * @example
 * const rows = [{ label: 'without the mask', gains: [-2.1, -1.4] }];
 * ablationChart({ title: 'BAM', value: 'gain in top-1 (points)', groups: [{ title: 'targets', rows }] });
 */
export function ablationChart({ title, value, groups }: AblationChartOptions): VegaLiteSpec {
  const all = groups.flatMap(({ title: group, rows }) => rows.map((row) => ({ group, ...row })));
  for (const { label, gains } of all) {
    if (gains.length === 0) throw new RangeError(`ablationChart: ${label} has no gain.`);
    const bad = gains.findIndex((gain) => !Number.isFinite(gain));
    if (bad >= 0)
      throw new RangeError(`ablationChart: ${label}: gain ${bad} must be finite, got ${gains[bad]}.`);
  }
  const spoken = all.map(({ label, gains }) => `${label} ${meanAndSpread(gains).mean.toFixed(2)}`).join(', ');
  const gains = [0, ...all.flatMap((row) => row.gains)];
  const [low, high] = [Math.min(...gains), Math.max(...gains)];
  const edge = 0.03 * (high - low); // room for a dot
  const scale = { domain: [low - edge, high + edge], nice: true };
  const y = { field: 'label', type: 'nominal', sort: null, title: null, axis: { labelLimit: 320 } };
  const block = (group: AblationGroup, index: number): object => {
    const axis = index === groups.length - 1 ? { title: value } : { title: null, labels: false };
    const x = { field: 'gain', type: 'quantitative', scale, axis };
    return {
      title: { text: group.title, anchor: 'start', frame: 'group', fontSize: 11 },
      width: 420,
      height: { step: 20 },
      data: { values: group.rows.flatMap(({ label, gains }) => gains.map((gain) => ({ label, gain }))) },
      layer: [
        {
          mark: { type: 'bar', color: '#0072B2', opacity: 0.45 },
          encoding: { y, x: { ...x, aggregate: 'mean' } },
        },
        {
          mark: { type: 'point', filled: true, size: 36, color: '#D55E00', tooltip: true },
          encoding: { y, x },
        },
      ],
    };
  };
  const { width: _, height: __, ...rest } = chartSpec(title, `${title}, ${value}: ${spoken}.`, {
    vconcat: groups.map(block),
    spacing: 10,
  });
  return rest as VegaLiteSpec;
}
