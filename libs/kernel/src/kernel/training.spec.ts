import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { KernelClient, resultText } from '../testing/kernel-client.ts';

let kernel: KernelClient;
beforeAll(async () => {
  // A folder that has the training library among its packages.
  kernel = await KernelClient.start({}, fileURLToPath(new URL('../../../../experiments', import.meta.url)));
}, 60_000);
afterAll(() => kernel.stop());

it('an interrupt ends a training run between two steps, and what the cells have survives', async () => {
  const prepared = await kernel.execute(
    `import { fit, sgd } from '@fovea/train'; import { simClr } from '@fovea/methods'; import { fold, key, normalArray } from '@fovea/random';
const projector = { hidden: [16], outputs: 8, hiddenNorm: true, outputNorm: 'plain' } as const;
const learner = simClr({ backbone: { depth: 18, width: 4, stem: 'cifar' }, projector, temperature: 0.2 }, key(0));
const shape = [2, 4, 8, 8, 3] as const;
const batch = (epoch: number, step: number) => ({ views: [{ data: normalArray(fold(fold(key(1), epoch), step), 1536), shape }] });
const views = { images: 4, stepsPerEpoch: 3, batch };
let steps = 0;`,
  );
  expect(prepared.reply).toMatchObject({ status: 'ok' });
  const running = kernel.execute(
    `await fit({ learner, views, key: key(3), epochs: 1e6, optimiser: sgd({ momentum: 0.9 }), learningRate: () => 0.05,
      onStep: () => { if (++steps === 2) console.log('trains'); } })`,
  );
  await kernel.until(() => kernel.published.some(({ content }) => content.text === 'trains\n'), 60_000);
  await kernel.request(kernel.control, 'interrupt_request', {});
  expect((await running).reply).toMatchObject({ status: 'error', ename: 'KeyboardInterrupt' });
  const before = Number(resultText((await kernel.execute('steps')).outputs));
  expect(before).toBeGreaterThanOrEqual(2);
  await kernel.execute('await new Promise((resolve) => setTimeout(resolve, 300))');
  expect(Number(resultText((await kernel.execute('steps')).outputs))).toBe(before);
  const weights = await kernel.execute(
    '[...learner.weights.values()].every((one) => one.dataSync().every(Number.isFinite))',
  );
  expect(resultText(weights.outputs)).toBe('true');
}, 120_000);
