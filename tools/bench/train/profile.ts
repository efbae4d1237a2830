import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TrainCase } from './cases.ts';
import { environment, startRunner } from './runner.ts';

/**
 * Prints where the time of our compiled step goes, by TensorFlow's own timeline.
 *
 * tfjs-node cannot ask for a timeline, so the step's graph is run by TensorFlow in Python, which is the same libtensorflow.
 *
 * @throws Error when the Python peers are not installed
 */
export async function profile(which: TrainCase): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'fovea-profile-'));
  try {
    const runner = await startRunner('ours', which, { FOVEA_GRAPHS: folder });
    runner.close();
    const script = fileURLToPath(new URL('peers/graph_timeline.py', import.meta.url));
    for (const graph of readdirSync(folder)) {
      console.log(`\n${which.name}, graph ${graph}`);
      const { status } = spawnSync(
        join(environment(), 'bin', 'python'),
        [script, join(folder, graph), ownKernels()],
        { stdio: 'inherit' },
      );
      if (status !== 0) throw new Error('bench: no profile. `npm run bench:train -- --install-peers` first.');
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Our own kernels, which lie beside the binding that set-up has linked. */
function ownKernels(): string {
  const packageFile = createRequire(import.meta.url).resolve('@tensorflow/tfjs-node-gpu/package.json');
  const binding = realpathSync(join(dirname(packageFile), 'lib/napi-v8/tfjs_binding.node'));
  return join(dirname(binding), 'fovea_kernels.so');
}
