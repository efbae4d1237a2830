import { inflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { display } from './display.ts';
import { setNotebookHost } from './host.ts';
import { mimeBundle, type MimeBundle } from './mime-bundle.ts';
import { encodePng } from './png.ts';
import { progress } from './progress.ts';

const bundle = (value: unknown): Readonly<Record<string, unknown>> => (mimeBundle(value) as MimeBundle).data;
const tensor = (data: number[], shape: number[]) => ({
  shape,
  dtype: 'float32',
  size: data.length,
  dataSync: () => data,
});

/** Runs an action with a host that writes down what is displayed. */
function displayed(
  action: () => void,
): { data: Readonly<Record<string, unknown>>; id: string | undefined; update: boolean }[] {
  const seen: ReturnType<typeof displayed> = [];
  setNotebookHost({
    display: (one, id, update) => seen.push({ data: (one as MimeBundle).data, id, update }),
    clear: () => undefined,
    input: () => '',
    signal: new AbortController().signal,
    comms: undefined as never,
  });
  try {
    action();
  } finally {
    setNotebookHost(undefined);
  }
  return seen;
}

describe('bundles', () => {
  it('of plain values are Node’s text', () => {
    expect(bundle(42)).toEqual({ 'text/plain': '42' });
    expect(bundle('a')).toEqual({ 'text/plain': "'a'" });
    expect(bundle(new Map([['k', 1]]))).toEqual({ 'text/plain': "Map(1) { 'k' => 1 }" });
  });

  it('come from the object itself where it has the method', async () => {
    const value = { [Symbol.for('Jupyter.display')]: () => ({ 'text/html': '<b>1</b>' }) };
    expect(bundle(value)['text/html']).toBe('<b>1</b>');
    const slow = { [Symbol.for('Jupyter.display')]: async () => ({ 'text/plain': 'later' }) };
    expect((await mimeBundle(slow)).data).toEqual({ 'text/plain': 'later' });
  });

  it('of Vega-Lite specifications carry the specification, a drawing and a text', () => {
    const spec = {
      $schema: 'https://vega.github.io/schema/vega-lite/v5.json',
      description: 'two bars',
      data: {
        values: [
          { a: 'x', b: 1 },
          { a: 'y', b: 2 },
        ],
      },
      mark: 'bar',
      encoding: { x: { field: 'a', type: 'nominal' }, y: { field: 'b', type: 'quantitative' } },
    };
    const data = bundle(spec);
    expect(data['application/vnd.vegalite.v5+json']).toEqual(spec);
    expect(data['image/svg+xml']).toMatch(/^<svg[\s\S]*<\/svg>$/);
    expect(data['text/plain']).toBe('Vega-Lite chart: two bars');
    expect(bundle(spec)['image/svg+xml']).toBe(data['image/svg+xml']);
  });

  it('of data frames escape their cells and cap their rows', () => {
    class DataFrame {
      columns = ['n', '<s>'];
      dtypes = ['float32', 'string'];
      index = Array.from({ length: 50 }, (_, i) => i);
      shape = [50, 2];
      values = this.index.map((i) => [i / 3, i === 0 ? '<script>' : 'v']);
    }
    const data = bundle(new DataFrame());
    expect(data['text/html']).toContain('&#60;script&#62;');
    expect(data['text/html']).not.toContain('<script>');
    expect(String(data['text/html']).match(/<tr>/g)).toHaveLength(2 + 21);
    expect(data['text/plain']).toContain('50 rows × 2 columns');
    expect(data['text/plain']).toContain('float32');
  });

  it('of tensors tell type, shape, range and NaN count', () => {
    expect(bundle(tensor([1, 2, NaN, 4], [2, 2]))['text/plain']).toBe(
      'Tensor float32 [2, 2]\nmin 1, max 4, mean 2.33333, NaN in 1\n[[1, 2],\n [NaN, 4]]',
    );
    expect(bundle(tensor([], [0]))['text/plain']).toBe('Tensor float32 [0]\n[]');
    expect(bundle({ ...tensor([1], []), isDisposed: true })['text/plain']).toBe(
      'Tensor float32 [], disposed',
    );
  });

  it('of image tensors are a picture too, unless values are out of range', () => {
    const pixels = Array.from({ length: 2 * 8 * 8 * 3 }, (_, i) => (i % 255) / 255);
    expect(bundle(tensor(pixels, [2, 8, 8, 3]))['image/png']).toMatch(/^iVBORw0KGgo/);
    expect(
      bundle(
        tensor(
          pixels.map((v) => v - 0.5),
          [2, 8, 8, 3],
        ),
      )['image/png'],
    ).toBeUndefined();
  });

  it('of image bytes are images', () => {
    const png = encodePng(new Uint8Array(12).fill(200), 2, 2);
    expect(bundle(png)['image/png']).toBe(png.toString('base64'));
    expect(bundle(Uint8Array.of(1, 2, 3))['image/png']).toBeUndefined();
  });
});

it('PNG files hold the pixels they were made of', () => {
  const png = encodePng(
    Uint8Array.from({ length: 12 }, (_, i) => i * 20),
    2,
    2,
  );
  const at = png.indexOf('IDAT');
  const rows = inflateSync(png.subarray(at + 4, at + 4 + png.readUInt32BE(at - 4)));
  expect([...rows]).toEqual([0, 0, 20, 40, 60, 80, 100, 0, 120, 140, 160, 180, 200, 220]);
  expect(() => encodePng(new Uint8Array(5), 2, 2)).toThrow('encodePng: pixels must be 12 bytes, got 5.');
});

it('a display handle updates its own output', () => {
  const seen = displayed(() => display('a', { id: 'one' }).update('b'));
  expect(seen).toEqual([
    { data: { 'text/plain': "'a'" }, id: 'one', update: false },
    { data: { 'text/plain': "'b'" }, id: 'one', update: true },
  ]);
});

it('progress passes on all items and ends with the count', () => {
  const items: number[] = [];
  const seen = displayed(() => {
    for (const item of progress([1, 2, 3], { label: 'steps', intervalMs: 0 })) items.push(item);
  });
  expect(items).toEqual([1, 2, 3]);
  expect(String(seen.at(-1)?.data['text/plain'])).toMatch(/^steps: 3\/3, .*done in/);
  expect(new Set(seen.map(({ id }) => id)).size).toBe(1);
});

it('progress that is left early says so', () => {
  const seen = displayed(() => {
    for (const item of progress([1, 2, 3])) if (item === 2) break;
  });
  expect(String(seen.at(-1)?.data['text/plain'])).toContain('stopped');
});

it('bundles of JPEG, GIF, sets, typed arrays, models and series say what they are', () => {
  expect(Object.keys(bundle(Uint8Array.of(0xff, 0xd8, 0xff, 0)))).toEqual(['image/jpeg', 'text/plain']);
  expect(bundle(Buffer.from('GIF89a'))['text/plain']).toBe('image/gif, 6 bytes');
  expect(bundle(new Set([1]))).toEqual({ 'text/plain': 'Set(1) { 1 }' });
  expect(bundle(Float32Array.of(0.5, 1))['text/plain']).toBe('Float32Array(2) [ 0.5, 1 ]');
  const summary = (_: unknown, __: unknown, print: (line: string) => void): void => print('Layer (type)');
  expect(bundle({ layers: [], summary })).toEqual({ 'text/plain': 'Layer (type)' });
});
