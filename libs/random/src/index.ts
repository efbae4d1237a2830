export { normalArray, permutation, truncatedNormalArray, uniformArray } from './arrays.ts';
export { fold, key, split, type Key } from './key.ts';
export { Stream } from './stream.ts';
export { threefry2x32 } from './threefry.ts';
