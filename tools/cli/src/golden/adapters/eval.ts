import {
  accuracy,
  argMaxRows,
  averagePrecision,
  bootstrapInterval,
  boxIou,
  classificationMetrics,
  clusteringMetrics,
  cocoDetectionAp,
  energyPointing,
  generalizedBoxIou,
  hungarian,
  knnClassify,
  linearScores,
  linearSvm,
  logisticRegression,
  mannWhitney,
  mean,
  nms,
  pairedTTest,
  pearson,
  pointingGame,
  ridge,
  saliencyMetrics,
  segmentationIoU,
  spearman,
  summary,
  tInterval,
  topKAccuracy,
  welchTTest,
  wilcoxon,
} from '@fovea/eval';
import { key } from '@fovea/random';
import type { GoldenAdapter, GoldenResult, GoldenTensor, GoldenWanted } from '../adapter.ts';

const floats = (input: GoldenTensor): Float32Array => Float32Array.from(input.data);
const integers = (input: GoldenTensor): Int32Array => Int32Array.from(input.data);

type Inputs = Readonly<Record<string, GoldenTensor>>;

/** An adapter whose options have the types that the golden file gives them. */
function adapter<Options = Record<string, unknown>>(
  name: string,
  run: (inputs: Inputs, options: Options, wanted: GoldenWanted) => GoldenResult['outputs'],
): GoldenAdapter<Options> {
  return {
    function: name,
    run: (inputs, options, wanted) => ({ outputs: run(inputs, options, wanted) }),
  };
}

export const adapters: GoldenAdapter[] = [
  adapter<{ k: number; temperature: number; numClasses: number }>(
    'knnClassify',
    (inputs, { numClasses, ...options }) => {
      const train = { features: floats(inputs.trainFeatures), labels: integers(inputs.trainLabels) };
      const found = knnClassify(train, floats(inputs.testFeatures), numClasses, options);
      const labels = integers(inputs.testLabels);
      const isTopFive = (row: number): boolean => {
        const scores = found.scores.subarray(row * numClasses, (row + 1) * numClasses);
        return scores.filter((score) => score > scores[labels[row]]).length < 5;
      };
      const top5 = labels.reduce((hits, _label, row) => hits + Number(isTopFive(row)), 0) / labels.length;
      return { ...found, top1: 100 * accuracy(found.predictions, labels), top5: 100 * top5 };
    },
  ),
  adapter<{ C: number }>('logisticRegression', ({ x, y, xTest, yTest }, { C }) => {
    const classes = Math.max(...y.data) + 1;
    const train = { features: floats(x), labels: integers(y) };
    const found = logisticRegression(train, classes, { C, precision: 'float64' });
    const scores = linearScores(found, floats(xTest));
    const probabilities = scores.map((score, at) => {
      const row = scores.subarray(at - (at % classes), at - (at % classes) + classes);
      return Math.exp(score) / row.reduce((sum, value) => sum + Math.exp(value), 0);
    });
    const predictions = argMaxRows(scores, classes);
    return { ...found, probabilities, predictions, accuracy: accuracy(predictions, integers(yTest)) };
  }),
  adapter<{ alpha: number; numClasses: number }>(
    'ridge',
    ({ x, y, xTest, yTest }, { alpha, numClasses: C }) => {
      const { W, bias } = ridge({ features: floats(x), labels: integers(y) }, C, { alpha });
      const D = W.length / C;
      const W_DC = W.map((_, at) => W[(at % C) * D + Math.floor(at / C)]);
      const scores = linearScores({ W, bias }, floats(xTest));
      const outcome = accuracy(argMaxRows(scores, C), integers(yTest));
      return { W: W_DC, bias, scores, accuracy: outcome };
    },
  ),
  adapter<{ confidence: number }>('statistics', (inputs, { confidence }) => {
    const [a, b] = [floats(inputs.a), floats(inputs.b)];
    const { mean: average, sd, sem } = summary(a);
    const paired = pairedTTest(a, b);
    const welch = welchTTest(a, b);
    const { W, p: wilcoxonP } = wilcoxon(a, b);
    const { U, p: mannWhitneyP } = mannWhitney(a, b);
    const { low, high } = tInterval(a, { confidence });
    const bootstrap = bootstrapInterval(a, {
      confidence,
      resamples: 20_000,
      method: 'percentile',
      key: key(0),
      statistic: mean,
    });
    return {
      mean: average,
      std: sd,
      sem,
      tPaired: paired.t,
      pPaired: paired.p,
      tWelch: welch.t,
      dfWelch: welch.df,
      pWelch: welch.p,
      wilcoxonW: W,
      wilcoxonP,
      mannWhitneyU: U,
      mannWhitneyP,
      ciLow: low,
      ciHigh: high,
      cohenD: paired.d,
      pearson: pearson(a, b),
      spearman: spearman(a, b),
      bootstrapCi: [bootstrap.low, bootstrap.high],
    };
  }),
  adapter('averagePrecision', ({ scores, labels }, _options, { outputs }) => {
    const kinds = ['nonInterpolated', 'voc07', 'vocArea'] as const;
    const wanted = kinds.filter((kind) => outputs.includes(kind));
    return Object.fromEntries(wanted.map((kind) => [kind, averagePrecision(scores.data, labels.data, kind)]));
  }),
  adapter<{ C: number; wPos: number; wNeg: number }>('linearSvm', ({ x, y, xTest, yTest }, options) => {
    const [, K] = y.shape;
    const column = (input: GoldenTensor, k: number): number[] =>
      Array.from({ length: input.shape[0] }, (_, row) => input.data[row * K + k]);
    const classes = Array.from({ length: K }, (_, k) =>
      linearSvm(floats(x), column(y, k), { ...options, tolerance: 1e-12, maxPasses: 100_000, key: key(0) }),
    );
    const W = Float64Array.from(classes.flatMap(({ w }) => Array.from(w)));
    const bias = Float64Array.from(classes, (found) => found.bias);
    const decision = linearScores({ W, bias }, floats(xTest));
    const m = decision.length / K;
    const scores = (k: number): number[] => Array.from({ length: m }, (_, row) => decision[row * K + k]);
    const ranked = classes.map((_, k) => [...scores(k).keys()].sort((i, j) => scores(k)[j] - scores(k)[i]));
    const ap = (kind: 'nonInterpolated' | 'voc07'): number[] =>
      classes.map((_, k) => averagePrecision(scores(k), column(yTest, k), kind));
    return {
      W,
      bias,
      decision,
      ranks: Int32Array.from({ length: m * K }, (_, at) => ranked[at % K][Math.floor(at / K)]),
      ap: ap('nonInterpolated'),
      apVoc07: ap('voc07'),
      mAP: average(ap('nonInterpolated')),
      mAPVoc07: average(ap('voc07')),
    };
  }),
  adapter<{ numClasses: number }>(
    'classificationMetrics',
    ({ logits, labels }, { numClasses }, { outputs }) => ({
      ...classificationMetrics(floats(logits), integers(labels), numClasses),
      ...(outputs.includes('top5') && {
        top5: topKAccuracy(floats(logits), integers(labels), numClasses, 5),
      }),
    }),
  ),
  adapter<{ numClasses: number; ignoreIndex: number | null }>('segmentationIoU', (inputs, options) => ({
    ...segmentationIoU(inputs.prediction.data, inputs.target.data, options),
  })),
  adapter<{ tolerance: number }>('pointingGame', ({ map, mask }, options) => {
    const [, height, width] = map.shape;
    const input = { maps: floats(map), masks: mask.data, height, width };
    return { ...pointingGame(input, options), energy: energyPointing(input) };
  }),
  adapter('saliencyMetrics', ({ prediction, gt }) => {
    const [height, width] = gt.shape;
    const [map, mask] = [Uint8Array.from(prediction.data), Uint8Array.from(gt.data)];
    return { ...saliencyMetrics({ prediction: map, groundTruth: mask, height, width }) };
  }),
  adapter('clusteringMetrics', ({ labels, clusters }) => ({
    ...clusteringMetrics(integers(labels), integers(clusters)),
  })),
  adapter('hungarian', ({ cost }) => {
    const { rows, columns, total } = hungarian(cost.data, cost.shape[0], cost.shape[1]);
    return { rows, cols: columns, total };
  }),
  adapter<{ nmsThreshold: number }>('boxIou', ({ a, b, scores }, { nmsThreshold }) => ({
    iou: boxIou(a.data, b.data),
    giou: generalizedBoxIou(a.data, b.data),
    keep: nms(a.data, scores.data, { threshold: nmsThreshold }),
  })),
  adapter('cocoDetectionAp', ({ gtBoxes, gtImage, gtClass, dtBoxes, dtScores, dtImage, dtClass }) => ({
    ...cocoDetectionAp(
      { boxes: gtBoxes.data, images: gtImage.data, classes: gtClass.data },
      { boxes: dtBoxes.data, images: dtImage.data, classes: dtClass.data, scores: dtScores.data },
    ),
  })),
];

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
