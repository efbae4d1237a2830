import { compile, type TopLevelSpec } from 'vega-lite';
import { describe, expect, it } from 'vitest';
import { ablationChart } from './ablation-chart.ts';
import { barChart } from './bar-chart.ts';
import { lineChart } from './line-chart.ts';
import { renderSvg } from './render-svg.ts';

const series = [
  { name: 'SimCLR', x: [1, 2, 3], y: [5, 4, 3.5] },
  { name: 'BAM', x: [1, 2, 3], y: [5.2, 3.9, 3.1], low: [5, 3.7, 3], high: [5.4, 4.1, 3.2] },
];
const lines = lineChart({ title: 'Loss', x: 'epoch', y: 'loss (nats)', series });
const bars = barChart({
  title: 'kNN',
  value: 'top-1 (%)',
  bars: [
    { label: 'untrained', value: 30.1 },
    { label: 'BAM', value: 47.2, low: 46.1, high: 48 },
  ],
});

const gains = ablationChart({
  title: 'BAM: ablations',
  value: 'gain (points)',
  groups: [
    { title: 'the target', rows: [{ label: 'unmasked', gains: [-2, -1] }] },
    { title: 'the batch', rows: [{ label: 'batch 512', gains: [0.5] }] },
  ],
});

describe('charts', () => {
  it('are plain JSON of the Vega-Lite v5 schema, and Vega-Lite compiles them without a warning', () => {
    for (const spec of [lines, bars, gains]) {
      expect(JSON.parse(JSON.stringify(spec))).toEqual(spec);
      expect(spec.$schema).toBe('https://vega.github.io/schema/vega-lite/v5.json');
      const warnings: unknown[] = [];
      const note = (...message: unknown[]): unknown => warnings.push(message);
      compile(spec as unknown as TopLevelSpec, { logger: { warn: note, error: note } as never });
      expect(warnings).toEqual([]);
    }
  });
  it('describe themselves to those who cannot see them', () => {
    expect(bars.description).toBe('kNN, top-1 (%): untrained 30.1, BAM 47.2.');
    expect(lines.description).toBe('Loss: loss (nats) over epoch.');
    expect(gains.description).toBe('BAM: ablations, gain (points): unmasked -1.50, batch 512 0.50.');
  });
  it('refuse values that cannot be drawn', () => {
    const bad = (y: number[]): unknown =>
      lineChart({ title: '', x: '', y: '', series: [{ name: 's', x: [1], y }] });
    expect(() => bad([1, 2])).toThrow('series s: y must have 1 values as x has, got 2.');
    expect(() => bad([NaN])).toThrow('series s: y[0] must be finite, got NaN.');
    expect(() => barChart({ title: '', value: '', bars: [{ label: 'a', value: Infinity }] })).toThrow(
      'bar a: value must be finite, got Infinity.',
    );
    const row = (gains: number[]): unknown =>
      ablationChart({ title: '', value: '', groups: [{ title: 'g', rows: [{ label: 'a', gains }] }] });
    expect(() => row([])).toThrow('ablationChart: a has no gain.');
    expect(() => row([1, NaN])).toThrow('a: gain 1 must be finite, got NaN.');
  });
});

describe('renderSvg', () => {
  it('draws every series, bar, label and title', async () => {
    const [line, bar, gain] = await Promise.all([renderSvg(lines), renderSvg(bars), renderSvg(gains)]);
    for (const text of ['BAM: ablations', 'the target', 'unmasked', 'the batch', 'batch 512', 'gain (points)'])
      expect(gain).toContain(`>${text}</text>`);
    expect(gain).not.toContain('NaN');
    expect(line).toMatch(/^<svg[^>]*>/);
    for (const text of ['Loss', 'epoch', 'loss (nats)', 'SimCLR', 'BAM'])
      expect(line).toContain(`>${text}</text>`);
    for (const text of ['kNN', 'untrained', 'top-1 (%)']) expect(bar).toContain(`>${text}</text>`);
    expect(line).not.toContain('NaN');
    expect(bar).not.toContain('NaN');
  });
  it('gives equal text for equal specifications, whatever was drawn before or beside it', async () => {
    const first = await renderSvg(lines);
    const [again] = await Promise.all([renderSvg(lines), renderSvg(bars)]);
    expect(again).toBe(first);
    expect(await renderSvg(structuredClone(lines))).toBe(first);
    const clipped = {
      ...lines,
      layer: [{ mark: { type: 'line', clip: true }, encoding: { y: { field: 'y' } } }],
    };
    const numbered = await renderSvg(clipped);
    expect(numbered).toContain('id="clip');
    expect(await renderSvg(clipped)).toBe(numbered);
  });
  it('labels epochs by whole numbers', async () => {
    for (const last of [1, 2, 3, 8, 20, 100]) {
      const x = Array.from({ length: last }, (_, i) => i + 1);
      const svg = await renderSvg(
        lineChart({ title: 'T', x: 'epoch', y: 'y', series: [{ name: 's', x, y: x }] }),
      );
      const axis = svg.slice(svg.indexOf("titled 'epoch'"), svg.indexOf('>epoch</text>'));
      const labels = [...axis.matchAll(/>([^<>]+)<\/text>/g)].map(([, label]) => label);
      const ticks = axis.slice(0, axis.indexOf('role-axis-label')).match(/<line /g)?.length;
      expect(labels.every((label) => /^\d+$/.test(label))).toBe(true);
      expect(new Set(labels).size).toBe(labels.length);
      expect(ticks).toBe(labels.length);
    }
  });
  it('refuses a specification that Vega-Lite warns about, and draws the next one', async () => {
    await expect(renderSvg({ ...lines, mark: 'blob', layer: undefined })).rejects.toThrow();
    expect(await renderSvg(lines)).toContain('<svg');
  });
});
