import { createHash } from 'node:crypto';
import { closeSync, createReadStream, createWriteStream, fstatSync, openSync, readSync } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createInflateRaw } from 'node:zlib';

/** @typedef {{ name: string, method: number, compressed: number, bytes: number, headerOffset: number }} ZipEntry */

const endSignature = 0x06054b50;
const entrySignature = 0x02014b50;
const fileSignature = 0x04034b50;
const endBytes = 22;
const longestComment = 0xffff;
const stored = 0;
const deflated = 8;

/**
 * The central directory of a zip file below 4 GB (no Zip64).
 *
 * @param {string} path
 * @returns {ZipEntry[]}
 * @throws Error when the file is not a whole zip file
 */
export function readZipEntries(path) {
  const file = openSync(path, 'r');
  try {
    const size = fstatSync(file).size;
    const tail = readAt(
      file,
      Math.max(0, size - endBytes - longestComment),
      Math.min(size, endBytes + longestComment),
    );
    const end = tail.lastIndexOf(Buffer.from([0x50, 0x4b, 0x05, 0x06]));
    if (end < 0 || tail.readUInt32LE(end) !== endSignature)
      throw new Error(`${path} is cut short: it has no zip directory`);
    const directory = readAt(file, tail.readUInt32LE(end + 16), tail.readUInt32LE(end + 12));
    return parseDirectory(path, directory, tail.readUInt16LE(end + 10));
  } finally {
    closeSync(file);
  }
}

/**
 * @param {string} path
 * @param {Buffer} directory
 * @param {number} count
 */
function parseDirectory(path, directory, count) {
  const entries = [];
  for (let at = 0, i = 0; i < count; i++) {
    if (at + 46 > directory.length || directory.readUInt32LE(at) !== entrySignature) {
      throw new Error(`${path} has a damaged zip directory`);
    }
    const nameBytes = directory.readUInt16LE(at + 28);
    entries.push({
      name: directory.toString('utf8', at + 46, at + 46 + nameBytes),
      method: directory.readUInt16LE(at + 10),
      compressed: directory.readUInt32LE(at + 20),
      bytes: directory.readUInt32LE(at + 24),
      headerOffset: directory.readUInt32LE(at + 42),
    });
    at += 46 + nameBytes + directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32);
  }
  return entries;
}

/**
 * Writes one entry to a file.
 *
 * @param {string} path the zip file
 * @param {ZipEntry} entry
 * @param {string} destination
 * @returns {Promise<string>} the SHA-256 of the content, base64url as wheels record it
 */
export async function extractZipEntry(path, entry, destination) {
  const hash = createHash('sha256');
  await pipeline(
    openZipEntry(path, entry),
    async function* (/** @type {AsyncIterable<Buffer>} */ chunks) {
      for await (const chunk of chunks) {
        hash.update(chunk);
        yield chunk;
      }
    },
    createWriteStream(destination),
  );
  return hash.digest('base64url');
}

/**
 * @param {string} path
 * @param {ZipEntry} entry
 */
export async function readZipText(path, entry) {
  let text = '';
  for await (const chunk of openZipEntry(path, entry).setEncoding('utf8')) text += chunk;
  return text;
}

/**
 * @param {string} path
 * @param {ZipEntry} entry
 */
function openZipEntry(path, entry) {
  const { name, method, compressed, bytes, headerOffset } = entry;
  if (bytes === 0) return Readable.from([]);
  if (method !== stored && method !== deflated)
    throw new Error(`${path}: ${name} has the unknown zip method ${method}`);
  const start = dataOffset(path, headerOffset);
  const source = createReadStream(path, { start, end: start + compressed - 1, highWaterMark: 1 << 20 });
  if (method === stored) return source;
  const inflate = createInflateRaw({ chunkSize: 1 << 20 });
  source.on('error', (error) => inflate.destroy(error));
  return source.pipe(inflate);
}

/**
 * @param {string} path
 * @param {number} headerOffset
 */
function dataOffset(path, headerOffset) {
  const file = openSync(path, 'r');
  try {
    const header = readAt(file, headerOffset, 30);
    if (header.readUInt32LE(0) !== fileSignature)
      throw new Error(`${path} is damaged at byte ${headerOffset}`);
    return headerOffset + 30 + header.readUInt16LE(26) + header.readUInt16LE(28);
  } finally {
    closeSync(file);
  }
}

/**
 * @param {number} file
 * @param {number} position
 * @param {number} length
 */
function readAt(file, position, length) {
  const buffer = Buffer.alloc(length);
  const read = readSync(file, buffer, 0, length, position);
  if (read < length) throw new Error('the zip file ends too early');
  return buffer;
}
