import { BYTES, type SafeDtype } from './safetensors-dtypes.ts';

/** Where a tensor's bytes lie, counted from the end of the header. */
export interface TensorPlace {
  readonly name: string;
  readonly dtype: SafeDtype;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

/**
 * Tensors of a header in the order of their bytes, once all is found to fit together.
 *
 * @param dataLength - bytes after the header
 * @param refuse - throws with a reason
 */
export function checkHeader(
  header: Readonly<Record<string, unknown>>,
  dataLength: number,
  refuse: (reason: string) => never,
): { places: TensorPlace[]; metadata: Record<string, string> } {
  const { __metadata__: metadata = {}, ...entries } = header;
  if (!isObject(metadata) || !Object.values(metadata).every((text) => typeof text === 'string')) {
    refuse('its __metadata__ is not an object of texts');
  }
  const places = Object.entries(entries).map(([name, entry]) => placeOf(name, entry, refuse));
  places.sort((a, b) => a.begin - b.begin || a.end - b.end);
  let end = 0;
  let before = '';
  for (const place of places) {
    if (place.begin < end) refuse(`"${place.name}" overlaps "${before}" at byte ${place.begin} of the data`);
    if (place.begin > end) refuse(`bytes ${end} to ${place.begin} of the data belong to no tensor`);
    [end, before] = [place.end, place.name];
  }
  if (end > dataLength) refuse(`it is cut short: the data need ${end} bytes, and ${dataLength} are there`);
  if (end < dataLength) refuse(`${dataLength - end} bytes follow the last tensor`);
  return { places, metadata: metadata as Record<string, string> };
}

/** The first name that an object of a sound JSON text has twice; `JSON.parse` keeps the last in silence. */
export function duplicateKey(text: string): string | undefined {
  const open: Set<string>[] = []; // names of the objects that are open; arrays keep an unused set
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"(\s*:)?|[{}[\]]/g)) {
    if (token === '{' || token === '[') open.push(new Set());
    else if (token === '}' || token === ']') open.pop();
    else if (token.endsWith(':')) {
      const name = JSON.parse(token.slice(0, token.lastIndexOf('"') + 1)) as string;
      const names = open[open.length - 1];
      if (names.has(name)) return name;
      names.add(name);
    }
  }
  return undefined;
}

function placeOf(name: string, entry: unknown, refuse: (reason: string) => never): TensorPlace {
  if (!isObject(entry)) return refuse(`"${name}" is not described by an object`);
  const { dtype, shape, data_offsets: offsets } = entry;
  if (typeof dtype !== 'string' || !Object.hasOwn(BYTES, dtype)) {
    return refuse(
      `"${name}" has the element type ${JSON.stringify(dtype)}; ${Object.keys(BYTES).join(', ')} are possible`,
    );
  }
  if (!isCounts(shape)) return refuse(`"${name}" has the shape ${JSON.stringify(shape)}`);
  if (!isCounts(offsets) || offsets.length !== 2 || offsets[0] > offsets[1]) {
    return refuse(`"${name}" has the data_offsets ${JSON.stringify(offsets)}`);
  }
  const [begin, end] = offsets;
  const wanted = shape.reduce((product, size) => product * size, BYTES[dtype as SafeDtype]);
  if (end - begin !== wanted) {
    return refuse(`"${name}", ${dtype} [${shape.join(', ')}], takes ${wanted} bytes and has ${end - begin}`);
  }
  return { name, dtype: dtype as SafeDtype, shape, begin, end };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && item >= 0);
}
