import { expect, it } from 'vitest';
import { Wire } from './wire.ts';

const sender = new Wire('key');
const message = {
  identities: [Buffer.from('client')],
  header: sender.header('execute_request'),
  parent: {},
  metadata: {},
  content: { code: '1' },
  buffers: [Uint8Array.of(1, 2, 3)],
};
const frames = (): Buffer[] => sender.encode(message).map((frame) => Buffer.from(frame));

it('reads back what was sent, with its buffers', () => {
  const read = new Wire('key').decode(frames());
  expect(read).toMatchObject({ header: message.header, content: { code: '1' } });
  expect(read.buffers.map((buffer) => [...buffer])).toEqual([[1, 2, 3]]);
});

it('refuses other keys, changed content, missing parts, and JSON that is no object', () => {
  expect(() => new Wire('other').decode(frames())).toThrow('wrong signature');
  const changed = frames();
  changed[6] = Buffer.from('{"code":"2"}');
  expect(() => new Wire('key').decode(changed)).toThrow('wrong signature');
  expect(() => new Wire('key').decode(frames().slice(0, 5))).toThrow('too few frames');
  expect(() => new Wire('key').decode([Buffer.from('x')])).toThrow('no delimiter');
  const list = frames();
  list[6] = Buffer.from('[]');
  expect(() => new Wire('').decode(list)).toThrow('not an object');
});

it('refuses a part above 256 MiB before it reads any of it', () => {
  const large = frames();
  large[6] = Buffer.allocUnsafeSlow(256 * 1024 * 1024 + 1);
  expect(() => new Wire('key').decode(large)).toThrow('too large');
});
