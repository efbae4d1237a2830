import {
  rgbToLab,
  robustBackground,
  slic,
  superpixelGraph,
  type Image,
  type SaliencyMap,
} from '@fovea/saliency';

/**
 * RBD with the choices of pyimgsaliency: 250 superpixels, a border of one pixel, fixed constants, neither frame removal nor Otsu; contrast by
 * geodesic distance with spatial sigma 0.25 of the diagonal; smoothness between neighbours alone, by geodesic distance; lambda 1.
 */
export function rbdAsPeer(image: Image): SaliencyMap {
  const { width, height } = image;
  const superpixels = slic(image, { pixelsPerRegion: (width * height) / 250 });
  const graph = superpixelGraph(image, superpixels, { band: 1 });
  const { geodesic, backgroundProbability: background } = robustBackground(graph, { clip: 0, geoSigma: 10 });
  const n = background.length;
  const diagonal = Math.hypot(width, height);
  const contrast = Float64Array.from(background, (_, i) => {
    let sum = 0;
    for (let j = 0; j < n; j++) {
      const [rows, columns] = [0, 1].map(
        (axis) => graph.position[2 * i + axis] - graph.position[2 * j + axis],
      );
      const distance = Math.hypot(rows * height, columns * width) / diagonal;
      sum += geodesic[i * n + j] * Math.exp(-(distance ** 2) / (2 * 0.25 ** 2)) * background[j];
    }
    return sum;
  });
  const foreground = scaled(contrast);
  const weight = (i: number, j: number): number =>
    graph.adjacency[i * n + j] ? Math.exp(-(geodesic[i * n + j] ** 2) / 200) + 0.1 : 0;
  const values = new Float64Array(n);
  for (let round = 0; round < 500; round++) {
    for (let i = 0; i < n; i++) {
      let [above, below] = [foreground[i], background[i] + foreground[i]];
      for (let j = 0; j < n; j++) {
        const w = weight(i, j);
        above += w * values[j];
        below += w;
      }
      values[i] = above / below;
    }
  }
  const result = scaled(values);
  return { data: Float32Array.from(superpixels.labels, (region) => result[region]), width, height };
}

function scaled(values: Float64Array): Float64Array {
  const [low, high] = values.reduce(([a, b], v) => [Math.min(a, v), Math.max(b, v)], [Infinity, -Infinity]);
  return values.map((value) => (value - low) / Math.max(1e-12, high - low));
}

const BINOMIAL = [1, 4, 6, 4, 1].map((weight) => weight / 16);

/**
 * Frequency-tuned saliency with pyimgsaliency's slip: the distance of the blurred Lab colour from the mean of *RGB* in [0, 1], nearly black in Lab,
 * so that what is bright is salient. Zeros lie beyond the border, as in its blur.
 */
export function ftAsPeer({ data, width, height, channels }: Image): SaliencyMap {
  const pixels = width * height;
  const rgb = Uint8Array.from(
    { length: 3 * pixels },
    (_, at) => data[channels * Math.floor(at / 3) + (at % 3)],
  );
  const lab = rgbToLab(rgb);
  const squares = new Float64Array(pixels);
  for (let channel = 0; channel < 3; channel++) {
    let mean = 0;
    for (let p = 0; p < pixels; p++) mean += rgb[3 * p + channel] / 255 / pixels;
    const rows = blurred(
      Float64Array.from({ length: pixels }, (_, p) => lab[3 * p + channel]),
      width,
      height,
      1,
    );
    blurred(rows, width, height, width).forEach((value, p) => (squares[p] += (value - mean) ** 2));
  }
  return { data: Float32Array.from(scaled(squares.map(Math.sqrt))), width, height };
}

/** Five taps along rows (step 1) or columns (step = width). */
function blurred(plane: Float64Array, width: number, height: number, step: number): Float64Array {
  return plane.map((_, p) => {
    const [at, end] = step === 1 ? [p % width, width] : [Math.floor(p / width), height];
    return BINOMIAL.reduce((sum, weight, tap) => {
      const place = at + tap - 2;
      return place < 0 || place >= end ? sum : sum + weight * plane[p + (tap - 2) * step];
    }, 0);
  });
}
