import type { MimeBundle } from './mime-bundle.ts';

const signatures: readonly [mime: string, bytes: readonly number[]][] = [
  ['image/png', [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]],
  ['image/jpeg', [0xff, 0xd8, 0xff]],
  ['image/gif', [0x47, 0x49, 0x46, 0x38]],
];

/** Bytes of a PNG, JPEG or GIF as a picture; undefined for other bytes. */
export function imageBundle(bytes: Uint8Array): MimeBundle | undefined {
  const found = signatures.find(([, start]) => start.every((byte, i) => bytes[i] === byte));
  if (!found) return undefined;
  const [mime] = found;
  const text = `${mime}, ${bytes.length} bytes`;
  return { data: { [mime]: base64(bytes), 'text/plain': text }, metadata: {} };
}

/** Bytes as Jupyter carries them. */
export function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}
