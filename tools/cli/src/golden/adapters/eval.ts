import {
  accuracy,
  argMaxRows,
  bootstrapInterval,
  knnClassify,
  linearScores,
  logisticRegression,
  mannWhitney,
  mean,
  pairedTTest,
  pearson,
  ridge,
  spearman,
  summary,
  tInterval,
  welchTTest,
  wilcoxon,
} from '@fovea/eval';
import { key } from '@fovea/random';
import type { GoldenAdapter, GoldenResult, GoldenTensor, GoldenWanted } from '../adapter.ts';

const floats = (input: GoldenTensor): Float32Array => Float32Array.from(input.data);
const integers = (input: GoldenTensor): Int32Array => Int32Array.from(input.data);

type Inputs = Readonly<Record<string, GoldenTensor>>;

/** An adapter whose options have the types that the golden file gives them. */
function adapter<Options>(
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
];
