import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { npmPackageFiles, type NpmPackage } from '../index.ts';
import { makeTar } from '../testing/make-tar.ts';

const archive = gzipSync(makeTar({ 'package/a.txt': Buffer.from('hello') }));
const spec: NpmPackage = {
  name: '@scope/data',
  version: '1.0.0',
  integrity: `sha512-${createHash('sha512').update(archive).digest('base64')}`,
  megabytes: 1,
};

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fovea-data-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

const fetch = (bytes: Uint8Array) => (_: NpmPackage, into: string) => {
  writeFileSync(join(into, 'scope-data-1.0.0.tgz'), bytes);
  return Promise.resolve();
};

describe('npmPackageFiles', () => {
  it('gives the files of a fetched archive and leaves nothing behind', async () => {
    const files = await npmPackageFiles(spec, folder, fetch(archive));
    expect([...files].map(([name, data]) => [name, Buffer.from(data).toString()])).toEqual([
      ['a.txt', 'hello'],
    ]);
    expect(readdirSync(folder)).toEqual([]);
  });
  it('uses an archive placed by hand without fetching', async () => {
    writeFileSync(join(folder, 'scope-data-1.0.0.tgz'), archive);
    const files = await npmPackageFiles(spec, folder, () => Promise.reject(new Error('must not fetch')));
    expect([...files.keys()]).toEqual(['a.txt']);
  });
  it('refuses a damaged archive before using a byte, and fetches afresh next time', async () => {
    const damaged = Buffer.from(archive);
    damaged[20] ^= 1;
    await expect(npmPackageFiles(spec, folder, fetch(damaged))).rejects.toThrow(
      'is damaged or not @scope/data 1.0.0',
    );
    expect(readdirSync(folder)).toEqual([]);
    expect((await npmPackageFiles(spec, folder, fetch(archive))).size).toBe(1);
  });
  it('removes what an interrupted fetch of a process that is gone left, and not what a running one holds', async () => {
    mkdirSync(join(folder, 'download.999999999.0.tmp'));
    mkdirSync(join(folder, `download.${process.ppid}.0.tmp`));
    await npmPackageFiles(spec, folder, fetch(archive));
    expect(readdirSync(folder)).toEqual([`download.${process.ppid}.0.tmp`]);
  });
  it('says so when the registry cannot be reached', async () => {
    vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    vi.stubEnv('npm_config_registry', 'http://127.0.0.1:9');
    vi.stubEnv('npm_config_fetch_retries', '0');
    await expect(npmPackageFiles(spec, folder)).rejects.toThrow(
      'could not fetch @scope/data 1.0.0 (1 MB, needed once): the npm registry cannot be reached. Connect to it',
    );
    expect(readdirSync(folder)).toEqual([]);
  });
  it('says so when npm is missing', async () => {
    vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    vi.stubEnv('PATH', folder);
    await expect(npmPackageFiles(spec, folder)).rejects.toThrow('npm is not on the PATH');
  });
});
