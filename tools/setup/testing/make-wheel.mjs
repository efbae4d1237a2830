import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { deflateRawSync } from 'node:zlib';

/**
 * Writes a wheel: a zip file whose RECORD has each file's SHA-256.
 *
 * @param {string} path
 * @param {Record<string, string | Buffer>} files
 * @param {{ isStored?: boolean, record?: string }} [options] `record` replaces the true one
 * @returns {string} the wheel's SHA-256
 */
export function makeWheel(path, files, { isStored = false, record } = {}) {
  const trueRecord = Object.entries(files)
    .map(
      ([name, content]) =>
        `${name},sha256=${createHash('sha256').update(content).digest('base64url')},${content.length}`,
    )
    .join('\n');
  const all = {
    ...files,
    'fake-1.0.dist-info/RECORD': record ?? `${trueRecord}\nfake-1.0.dist-info/RECORD,,`,
  };
  const [locals, centrals] = [/** @type {Buffer[]} */ ([]), /** @type {Buffer[]} */ ([])];
  let offset = 0;
  for (const [name, content] of Object.entries(all)) {
    const raw = Buffer.from(content);
    const data = isStored ? raw : deflateRawSync(raw);
    const sizes = {
      method: isStored ? 0 : 8,
      compressed: data.length,
      bytes: raw.length,
      nameBytes: Buffer.byteLength(name),
    };
    const local = Buffer.concat([header(0x04034b50, 30, 8, sizes), Buffer.from(name), data]);
    const central = header(0x02014b50, 46, 10, sizes);
    central.writeUInt32LE(offset, 42);
    locals.push(local);
    centrals.push(central, Buffer.from(name));
    offset += local.length;
  }
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(Object.keys(all).length, 10);
  end.writeUInt32LE(
    centrals.reduce((sum, { length }) => sum + length, 0),
    12,
  );
  end.writeUInt32LE(offset, 16);
  const wheel = Buffer.concat([...locals, ...centrals, end]);
  writeFileSync(path, wheel);
  return createHash('sha256').update(wheel).digest('hex');
}

/**
 * The fields that both kinds of header share, from the method on at the same distances.
 *
 * @param {number} signature
 * @param {number} length
 * @param {number} methodAt
 * @param {{ method: number, compressed: number, bytes: number, nameBytes: number }} sizes
 */
function header(signature, length, methodAt, { method, compressed, bytes, nameBytes }) {
  const buffer = Buffer.alloc(length);
  buffer.writeUInt32LE(signature, 0);
  buffer.writeUInt16LE(method, methodAt);
  buffer.writeUInt32LE(compressed, methodAt + 10);
  buffer.writeUInt32LE(bytes, methodAt + 14);
  buffer.writeUInt16LE(nameBytes, methodAt + 18);
  return buffer;
}
