import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { backendInfo, ready } from './backend.ts';
import { tf } from './tf.ts';

const require = createRequire(import.meta.url);
const folder = fileURLToPath(new URL('.', import.meta.url));
const sum = 'console.log(tf.getBackend(), tf.tensor1d([1, 2]).sum().dataSync()[0])';

const { FORCE_COLOR: _colour, NODE_OPTIONS: _options, ...plain } = process.env;

/** Runs a script that has `tf` in a process of its own. */
function run(script: string, env: NodeJS.ProcessEnv = {}, prologue = '') {
  const code = `${prologue}; const tf = require('@tensorflow/tfjs-node'); ${script}`;
  const { stdout, stderr } = spawnSync(process.execPath, ['-e', code], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...plain, ...env },
  });
  return { stdout: stdout.trim(), stderr: stderr.trim() };
}

const broken = `require('node:module')._load = ((load) => (id, ...rest) => {
  if (id.endsWith('tfjs_binding.node')) throw new Error('libtensorflow_cc.so.2: cannot open');
  return load(id, ...rest);
})(require('node:module')._load)`;

describe('the one TensorFlow', () => {
  it('is the same module under both of its names', () => {
    expect(tf).toBe(require('@tensorflow/tfjs-node'));
    if (backendInfo().name === 'tensorflow') expect(tf).toBe(require('@tensorflow/tfjs-node-gpu'));
  });

  it('says nothing while it loads and runs', () => {
    expect(run(sum).stderr).toBe('');
  });

  it('falls back to JavaScript with one warning that names the reason and the remedy', () => {
    const { stdout, stderr } = run(`${sum}; require('@tensorflow/tfjs-node')`, {}, broken);
    expect(stdout).toBe('cpu 3');
    expect(stderr.match(/FOVEA_FALLBACK/g)).toHaveLength(1);
    expect(stderr).toContain('npx fovea doctor');
    expect(stderr).toContain('libtensorflow_cc.so.2: cannot open');
  });

  it('falls back in silence where it is told to', () => {
    expect(run(sum, { FOVEA_BACKEND: 'js' })).toEqual({ stdout: 'cpu 3', stderr: '' });
  });

  it('takes the number of threads from FOVEA_THREADS and refuses what is none', () => {
    const threads = 'console.log(process.env.TF_NUM_INTRAOP_THREADS)';
    expect(run(threads, { FOVEA_THREADS: '1' }).stdout).toBe('1');
    expect(run(threads, { FOVEA_THREADS: 'all' }).stderr).toContain(
      'FOVEA_THREADS must be a positive integer, got "all"',
    );
  });

  it('is ready at once, and says what runs the ops', async () => {
    expect(await ready()).toEqual(backendInfo());
    expect(backendInfo().threads).toBeGreaterThan(0);
  });
});
