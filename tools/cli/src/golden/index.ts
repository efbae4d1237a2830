/**
 * `fovea golden DIR`: compares exported functions with golden vectors, numbers that peer implementations computed.
 *
 * ## Adding a library
 *
 * Write one file `adapters/<library>.ts` that exports `adapters`; every file of that folder is loaded, there is nothing to register.
 *
 * ```ts
 * import { ntXent } from '@fovea/losses';
 * import { lossAdapter, toTensor, type GoldenAdapter } from '../adapter.ts';
 *
 * export const adapters: GoldenAdapter[] = [
 *   // Differentiable: tensors in, the loss (or { loss, …other outputs }) out; gradients are taken for you.
 *   lossAdapter<{ temperature: number }>('ntXent', ({ z1, z2 }, options) => ntXent(z1 as Tensor2D, z2 as Tensor2D, options)),
 *
 *   // Anything else: typed arrays and options in, named values out (tensor, typed array, array, number or boolean).
 *   {
 *     function: 'otsu', // `function` of the golden file
 *     run: ({ image }, options, wanted) => ({ outputs: { threshold: otsu(image.data) } }),
 *   },
 * ];
 * ```
 *
 * - `inputs.x` is `{ dtype, shape, data }`; `toTensor(inputs.x)` is its tensor; a name that the case lacks throws, so ask `'x' in inputs`.
 * - `wanted.outputs` and `wanted.gradients` are the names that the case compares; each must be returned, further ones are ignored.
 * - Tensors made inside `run` are disposed of after the comparison; `run` may be async.
 * - An adapter never loosens a comparison. `bounds: { name: levels }` is for uint8 outputs of `backend: 'pil'` cases only: 8-bit arithmetic
 *   that a float implementation meets within a stated number of levels.
 * - Two adapters of one function are an error; a file that does not load is a failure, and the others still run.
 * - `adapters.spec.ts` runs every adapter against `<workspace>/../shared/golden` where that folder exists: no spec of your own is needed.
 *
 * `runGolden(directory, { skipUnknown })` prints the lines and resolves to `{ passed, failed, skipped }`, in cases; the command exits with 1
 * when `failed > 0`. A folder that is missing or holds no golden file throws.
 */
export { runGolden } from './run-golden.ts';
