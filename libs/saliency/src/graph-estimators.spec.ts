import { describe, expect, it } from 'vitest';
import { absorbingMarkovChain } from './absorbing-markov-chain.ts';
import { geodesicSaliency } from './geodesic-saliency.ts';
import { robustBackground } from './robust-background.ts';
import { saliencyAdaptiveParams } from './saliency-adaptive-params.ts';

/** A row of regions, each touching the next; the ends are at the border. */
function row(lightness: readonly number[]) {
  const n = lightness.length;
  const adjacency = new Uint8Array(n * n);
  for (let i = 0; i + 1 < n; i++) adjacency[i * n + i + 1] = adjacency[(i + 1) * n + i] = 1;
  return {
    lab: Float64Array.from(lightness.flatMap((L) => [L, 0, 0])),
    position: Float64Array.from(lightness.flatMap((_, i) => [0.5, (i + 1) / n])),
    adjacency,
    boundary: Uint8Array.from(lightness, (_, i) => Number(i === 0 || i === n - 1)),
  };
}

describe('geodesicSaliency', () => {
  it('is the cost of the cheapest way to the border', () => {
    const { distance, saliency } = geodesicSaliency(row([0, 10, 40, 5, 0]), { clip: 0, prune: false });
    expect([...distance]).toEqual([0, 10, 40, 5, 0]);
    expect([...saliency]).toEqual([0, 0.25, 1, 0.125, 0]);
  });
  it('forgives steps below the clip', () => {
    expect([...geodesicSaliency(row([0, 10, 40, 5, 0]), { clip: 12, prune: false }).distance]).toEqual([
      0, 0, 18, 0, 0,
    ]);
  });
  it('takes a boundary region that differs from the others for foreground', () => {
    const graph = row([0, 0, 0, 0, 60]);
    graph.boundary.set([1, 1, 0, 1, 1]);
    expect([...geodesicSaliency(graph).kept]).toEqual([1, 1, 0, 1, 0]);
  });
});

describe('absorbingMarkovChain', () => {
  it('keeps a walker longest in the region that differs', () => {
    const { time } = absorbingMarkovChain(row([0, 0, 50, 0, 0]));
    expect(Math.max(...time)).toBe(time[2]);
    expect(time[0]).toBeCloseTo(time[4], 9);
  });
  it('has the absorbed time of a single region that is its own border: one step of two', () => {
    expect(absorbingMarkovChain(row([7])).time[0]).toBeCloseTo(2, 12);
  });
  it('needs a border', () => {
    const graph = row([0, 0, 0]);
    graph.boundary.fill(0);
    expect(() => absorbingMarkovChain(graph)).toThrow('no region touches the boundary');
  });
});

describe('robustBackground', () => {
  it('has the boundary connectivity of one flat region set: Len / sqrt(Area)', () => {
    const { area, boundaryConnectivity } = robustBackground(row([5, 5, 5, 5]));
    expect([...area]).toEqual([4, 4, 4, 4]);
    expect([...boundaryConnectivity]).toEqual([1, 1, 1, 1]);
  });
  it('finds nothing salient where all is equal', () => {
    expect([...robustBackground(row([5, 5, 5, 5])).saliencyNormalised]).toEqual([0, 0, 0, 0]);
  });
  it('finds the region that differs, between 0 and 1', () => {
    const { saliency } = robustBackground(row([0, 0, 0, 60, 0, 0, 0]));
    expect(saliency.indexOf(Math.max(...saliency))).toBe(3);
    expect(saliency.every((value) => value >= 0 && value <= 1)).toBe(true);
  });
  it('refuses negative scales', () => {
    expect(() => robustBackground(row([0, 1]), { geoSigma: -1 })).toThrow('robustBackground: geoSigma');
  });
});

describe('graphs that do not fit together', () => {
  const graph = { ...row([0, 1, 2]), adjacency: new Uint8Array(4) };
  it.each([saliencyAdaptiveParams, geodesicSaliency, absorbingMarkovChain, robustBackground])(
    'are refused with their sizes by %o',
    (estimate) => expect(() => estimate(graph)).toThrow('must agree, got 9, 4'),
  );
  it('leave a single region without neighbours with constants that are finite', () => {
    expect(saliencyAdaptiveParams(row([3]))).toEqual({
      m1: 0,
      mTop: 0,
      m2: 0,
      clip: 0,
      geoSigma: 5,
      neiSigma: 0,
    });
  });
});
