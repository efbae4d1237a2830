const BLOCK = 512;

/** One file of a tar archive. */
export interface TarEntry {
  readonly name: string;
  readonly data: Uint8Array;
}

/**
 * The plain files of an uncompressed tar archive (ustar, GNU long names, pax paths), in their order; no bytes are copied.
 *
 * @throws Error when the archive is cut short or a header's checksum is wrong, with the position
 *
 * @example
 * for (const { name, data } of tarEntries(gunzipSync(readFileSync('package.tgz')))) console.log(name, data.length);
 */
export function* tarEntries(archive: Uint8Array): Generator<TarEntry> {
  let override: string | undefined;
  for (let position = 0; position < archive.length;) {
    const header = archive.subarray(position, position + BLOCK);
    if (header.length < BLOCK) throw new Error(`tarEntries: the archive is cut short at byte ${position}.`);
    if (header.every((byte) => byte === 0)) return;
    checkSum(header, position);
    const size = octal(header, 124, 12);
    const start = position + BLOCK;
    const data = archive.subarray(start, start + size);
    const type = String.fromCharCode(header[156]);
    const name = override ?? entryName(header);
    if (data.length < size) {
      throw new Error(
        `tarEntries: the archive is cut short: ${name} at byte ${position} needs ${size} bytes, ` +
          `${data.length} are left.`,
      );
    }
    override = type === 'L' ? text(data) : type === 'x' ? paxPath(data) : undefined;
    if (type === '0' || type === '\0') yield { name, data };
    position = start + Math.ceil(size / BLOCK) * BLOCK;
  }
}

function checkSum(header: Uint8Array, position: number): void {
  let sum = 8 * 32; // the checksum's own field counts as spaces
  for (let index = 0; index < BLOCK; index++) if (index < 148 || index >= 156) sum += header[index];
  if (sum !== octal(header, 148, 8)) {
    throw new Error(`tarEntries: the header at byte ${position} is corrupt (wrong checksum).`);
  }
}

function entryName(header: Uint8Array): string {
  const prefix = text(header.subarray(345, 500));
  const name = text(header.subarray(0, 100));
  return prefix === '' || text(header.subarray(257, 262)) !== 'ustar' ? name : `${prefix}/${name}`;
}

function paxPath(data: Uint8Array): string | undefined {
  return /\d+ path=(.*)\n/.exec(Buffer.from(data).toString('utf8'))?.[1];
}

function octal(header: Uint8Array, start: number, length: number): number {
  return Number.parseInt(text(header.subarray(start, start + length)).trim() || '0', 8);
}

function text(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return Buffer.from(end < 0 ? bytes : bytes.subarray(0, end)).toString('utf8');
}
