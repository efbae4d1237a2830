/**
 * `npm run parity:eval`: compares @fovea/eval live with scikit-learn, SciPy, pycocotools and pysodmetrics on random and adversarial inputs, and with PyTorch and
 * torchmetrics where they are installed.
 *
 * --seed N    other random inputs (default 0)
 * --torch     installs PyTorch and torchmetrics first (several gigabytes)
 *
 * Builds its own Python environment in the cache on the first call. Exits with 1 when a case disagrees. `npm test` does the same for seed 0.
 */
import { parseArgs } from 'node:util';
import { compareWithPeers } from './eval/compare.ts';
import { evalPython, torchmetricsPython } from './eval/environment.ts';

const { values: flags } = parseArgs({
  options: { seed: { type: 'string', default: '0' }, torch: { type: 'boolean', default: false } },
});

await compare(evalPython(), 'make_cases.py');
const torch = torchmetricsPython(flags.torch);
if (torch === undefined)
  console.log('PyTorch and torchmetrics are not installed, their cases are left out: --torch installs them.');
else await compare(torch, 'make_torch_cases.py');

async function compare(python: string, script: string): Promise<void> {
  const { failed } = await compareWithPeers(python, script, Number(flags.seed), (line) => console.log(line));
  if (failed > 0) process.exitCode = 1;
}
