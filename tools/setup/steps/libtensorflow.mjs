import { mkdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { publishFolder, readJson, removeFolder, temporarySibling, writeJsonAtomic } from '../atomic.mjs';
import { sha256File, sha256Json } from '../digest.mjs';
import { downloadWheel } from '../download-wheel.mjs';
import { SetupFailure, diskFailure } from '../failure.mjs';
import { megabytes } from '../files.mjs';
import { unpackWheel } from '../unpack-wheel.mjs';

/** @typedef {import('../context.mjs').Context} Context */
/** @typedef {import('../unpack-wheel.mjs').UnpackedFile & { second: number }} InstalledFile */

export const libtensorflow = {
  name: 'libtensorflow',
  /** @param {Context} context */
  space(context) {
    const { wheels, unpackedBytes } = context.bundle();
    return { repository: 0, cache: unpackedBytes + Math.max(...wheels.map(({ bytes }) => bytes ?? 0)) };
  },

  /** @param {Context} context */
  async isCurrent(context) {
    return (await findDamage(context)) === undefined;
  },

  /** @param {Context} context */
  async run(context) {
    const { progress } = context;
    const bundle = context.bundle();
    const folder = folderOf(context);
    const damage = await findDamage(context);
    if (damage && damage !== 'absent')
      progress.line(`  the cached libtensorflow is damaged and will be replaced: ${damage}`);
    removeFolder(folder);

    const unpacking = temporarySibling(folder);
    mkdirSync(unpacking);
    try {
      const files = [];
      for (const wheel of bundle.wheels) files.push(...(await takeWheel(context, wheel, unpacking)));
      writeJsonAtomic(manifestOf(unpacking), {
        files: files.map((file) => ({ ...file, second: stampOf(join(unpacking, file.path)) })),
      });
      publishFolder(unpacking, folder);
      return {
        folder,
        version: bundle.tensorflow,
        files: files.length,
        bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
      };
    } finally {
      rmSync(unpacking, { recursive: true, force: true });
    }
  },
};

/**
 * Where this bundle's files lie, addressed by what they are unpacked from.
 *
 * @param {Context} context
 */
export function folderOf(context) {
  const { name, wheels, keep } = context.bundle();
  const key = sha256Json([wheels.map(({ sha256 }) => sha256), keep.source]).slice(0, 16);
  return join(context.cache, 'libtensorflow', `${name}-${key}`);
}

/**
 * What is wrong with the unpacked files, from their sizes and times; only a file whose time has changed is read.
 *
 * @param {Context} context
 * @param {{ isThorough?: boolean }} [options] thorough: read every file
 * @returns {Promise<string | undefined>}
 */
export async function findDamage(context, { isThorough = false } = {}) {
  const folder = folderOf(context);
  /** @type {InstalledFile[] | undefined} */
  const files = readJson(manifestOf(folder))?.files;
  if (!files) return 'absent';
  let isTouched = false;
  for (const file of files) {
    const path = join(folder, file.path);
    const stat = statSync(path, { throwIfNoEntry: false });
    if (!stat) return `${file.path} is missing`;
    if (stat.size !== file.bytes) return `${file.path} has ${stat.size} bytes, not ${file.bytes}`;
    const isUntouched = stampOf(path) === file.second;
    if (isUntouched && !isThorough) continue;
    if ((await sha256File(path)) !== file.sha256)
      return `${file.path} does not have the SHA-256 of the wheel's RECORD`;
    file.second = stampOf(path);
    isTouched ||= !isUntouched;
  }
  if (isTouched) writeJsonAtomic(manifestOf(folder), { files });
  return undefined;
}

/**
 * @param {Context} context
 * @param {import('../wheels.mjs').Wheel} wheel
 * @param {string} destination
 */
async function takeWheel(context, wheel, destination) {
  const { keep, unpackedBytes } = context.bundle();
  const path = await downloadWheel(context, wheel);
  try {
    return await unpackWheel(
      path,
      destination,
      (file) => keep.test(file),
      (bytes) => {
        context.progress.detail(
          `unpacking ${wheel.package}, ${megabytes(bytes)} of about ${megabytes(unpackedBytes)}`,
        );
      },
    );
  } catch (error) {
    throw (
      diskFailure(error) ??
      new SetupFailure(`the wheel of ${wheel.package} is damaged`, {
        found: error instanceof Error ? error.message : String(error),
        fix: 'run "npm run setup" again: it was deleted and will be downloaded afresh',
      })
    );
  } finally {
    rmSync(path, { force: true });
  }
}

/** @param {string} folder */
function manifestOf(folder) {
  return join(folder, 'manifest.json');
}

/**
 * Whole seconds, which every archiver keeps.
 *
 * @param {string} path
 */
function stampOf(path) {
  return Math.floor(statSync(path).mtimeMs / 1000);
}
