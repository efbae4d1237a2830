import { describe, expect, it } from 'vitest';
import { compareWithPeers } from './compare.ts';
import { evalPython, torchmetricsPython } from './environment.ts';

const PATIENCE = 900_000; // the first call installs the peers
const torch = torchmetricsPython(false);
if (torch === undefined)
  console.log(
    'torchmetrics is not installed here, its live cases are skipped: npm run parity:eval -- --torch',
  );

describe('@fovea/eval, live', () => {
  it(
    'agrees with scikit-learn, SciPy, pycocotools and pysodmetrics on random and adversarial inputs',
    async () => {
      const { passed, wrong } = await compared(evalPython(), 'make_cases.py');
      expect(wrong).toEqual([]);
      expect(functionsOf(passed)).toEqual([
        'averagePrecision',
        'classificationMetrics',
        'clusteringMetrics',
        'cocoDetectionAp',
        'cocoMaskAp',
        'hungarian',
        'knnClassify',
        'linearSvm',
        'logisticRegression',
        'ridge',
        'saliencyMetrics',
        'segmentationIoU',
        'statistics',
      ]);
      expect(passed.length).toBeGreaterThan(60);
    },
    PATIENCE,
  );

  it.skipIf(torch === undefined)(
    'agrees with PyTorch and torchmetrics on random and adversarial inputs',
    async () => {
      const { passed, wrong } = await compared(torch as string, 'make_torch_cases.py');
      expect(wrong).toEqual([]);
      expect(functionsOf(passed)).toEqual([
        'averagePrecision',
        'classificationMetrics',
        'clusteringMetrics',
        'cocoDetectionAp',
        'cocoMaskAp',
        'expectedCalibrationError',
        'knnClassify',
        'segmentationIoU',
      ]);
    },
    PATIENCE,
  );
});

async function compared(python: string, script: string): Promise<{ passed: string[]; wrong: string[] }> {
  const lines: string[] = [];
  await compareWithPeers(python, script, 0, (line) => lines.push(line));
  return {
    passed: lines.filter((line) => line.startsWith('✓')),
    wrong: lines.filter((line) => line.startsWith('✗')),
  };
}

function functionsOf(lines: readonly string[]): string[] {
  return [...new Set(lines.map((line) => line.split(' ')[1]))].sort();
}
