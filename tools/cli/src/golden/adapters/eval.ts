import { accuracy, argMaxRows, knnClassify, linearScores, logisticRegression, ridge } from '@fovea/eval';
import type { GoldenAdapter, GoldenTensor } from '../adapter.ts';

const floats = (input: GoldenTensor): Float32Array => Float32Array.from(input.data);
const integers = (input: GoldenTensor): Int32Array => Int32Array.from(input.data);

interface KnnOptions {
  readonly k: number;
  readonly temperature: number;
  readonly numClasses: number;
}

export const adapters: GoldenAdapter<never>[] = [
  {
    function: 'knnClassify',
    run: (inputs, { numClasses, ...options }: KnnOptions) => {
      const train = { features: floats(inputs.trainFeatures), labels: integers(inputs.trainLabels) };
      const found = knnClassify(train, floats(inputs.testFeatures), numClasses, options);
      const labels = integers(inputs.testLabels);
      const isTopFive = (row: number): boolean => {
        const scores = found.scores.subarray(row * numClasses, (row + 1) * numClasses);
        return scores.filter((score) => score > scores[labels[row]]).length < 5;
      };
      const top5 = labels.reduce((hits, _label, row) => hits + Number(isTopFive(row)), 0) / labels.length;
      return { outputs: { ...found, top1: 100 * accuracy(found.predictions, labels), top5: 100 * top5 } };
    },
  },
  {
    function: 'logisticRegression',
    run: ({ x, y, xTest, yTest }, { C }: { C: number }) => {
      const classes = Math.max(...y.data) + 1;
      const train = { features: floats(x), labels: integers(y) };
      const found = logisticRegression(train, classes, { C, precision: 'float64' });
      const scores = linearScores(found, floats(xTest));
      const probabilities = scores.map((score, at) => {
        const row = scores.subarray(at - (at % classes), at - (at % classes) + classes);
        return Math.exp(score) / row.reduce((sum, value) => sum + Math.exp(value), 0);
      });
      const predictions = argMaxRows(scores, classes);
      return {
        outputs: { ...found, probabilities, predictions, accuracy: accuracy(predictions, integers(yTest)) },
      };
    },
  },
  {
    function: 'ridge',
    run: ({ x, y, xTest, yTest }, { alpha, numClasses: C }: { alpha: number; numClasses: number }) => {
      const { W, bias } = ridge({ features: floats(x), labels: integers(y) }, C, { alpha });
      const D = W.length / C;
      const W_DC = W.map((_, at) => W[(at % C) * D + Math.floor(at / C)]);
      const scores = linearScores({ W, bias }, floats(xTest));
      const outcome = accuracy(argMaxRows(scores, C), integers(yTest));
      return { outputs: { W: W_DC, bias, scores, accuracy: outcome } };
    },
  },
];
