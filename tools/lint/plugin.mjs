import { layers } from './layers.mjs';
import { noUnkeyedRandom } from './no-unkeyed-random.mjs';

/** Fovea's own ESLint rules. */
export const plugin = { meta: { name: 'fovea' }, rules: { layers, 'no-unkeyed-random': noUnkeyedRandom } };
