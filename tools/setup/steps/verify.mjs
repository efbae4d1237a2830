import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readJson, removeFolder } from '../atomic.mjs';
import { sha256Json } from '../digest.mjs';
import { SetupFailure } from '../failure.mjs';
import { runCommand } from '../run-command.mjs';
import { linkTarget } from './binding.mjs';
import { findDamage, folderOf } from './libtensorflow.mjs';

/** @typedef {import('../context.mjs').Context} Context */

const script = fileURLToPath(new URL('../verify-tensorflow.cjs', import.meta.url));

export const verify = {
  name: 'verify',
  space: () => ({ repository: 0, cache: 0 }),

  /** @param {Context} context */
  isCurrent(context) {
    return readJson(context.record)?.steps?.verify?.key === keyOf(context);
  },

  /** @param {Context} context */
  async run(context) {
    const { root, env } = context;
    const result = await runCommand([process.execPath, script, root], {
      log: context.logOf('verify'),
      env,
      onSpawn: context.onSpawn,
    });
    const answer = lastJson(result.stdout);
    const expected = context.bundle().tensorflow;
    if (result.ok && answer?.tensorflow === expected) return { key: keyOf(context), ...answer };

    const damage = await findDamage(context, { isThorough: true });
    if (damage) removeFolder(folderOf(context));
    throw new SetupFailure(damage ? 'libtensorflow is damaged' : 'TensorFlow does not work in Node', {
      found:
        damage ??
        (result.ok
          ? `TensorFlow ${answer?.tensorflow}, wanted ${expected}`
          : `${result.status}; ${reasonIn(result)}`),
      fix: damage
        ? 'run "npm run setup" again: it was deleted and will be unpacked afresh'
        : 'read the log below, then run "npm run setup" again',
      log: result.log,
    });
  },
};

/**
 * Everything that could change the answer: the binding names its sources, libraries and compiler by its address.
 *
 * @param {Context} context
 */
function keyOf(context) {
  const shim = readJson(join(context.root, 'libs/tensorflow/tfjs-node/package.json'))?.version;
  return sha256Json([linkTarget(context) ?? '', shim ?? '', process.versions.node]);
}

/** @param {import('../run-command.mjs').CommandResult} result */
function reasonIn({ status, output }) {
  const error = output.split('\n').find((line) => /Error:|error:/.test(line));
  if (error) return error.trim();
  return /SIGILL|128/.test(status)
    ? "it crashed: does this processor lack AVX, which TensorFlow's wheel needs?"
    : 'no error message';
}

/**
 * @param {string} text
 * @returns {{ tensorflow: string, backend: string, gpu: boolean } | undefined}
 */
function lastJson(text) {
  const line = text.trim().split('\n').at(-1) ?? '';
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
