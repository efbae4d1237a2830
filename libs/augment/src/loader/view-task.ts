import type { Key } from '@fovea/random';
import type { ViewsRecipe } from '../views/recipe.ts';
import type { ViewParams } from '../views/sample-view.ts';

/** What a worker is started with: images in shared memory. */
export interface WorkerImages {
  readonly images: Uint8Array<SharedArrayBuffer>; // [N, H, W, 3]
  readonly height: number;
  readonly width: number;
  readonly recipe: ViewsRecipe;
}

/** Some rows of a batch, rendered into shared memory. */
export interface ViewTask {
  readonly id: number;
  readonly indices: Int32Array;
  /** Place of the first row in the batch, and the batch's size. */
  readonly from: number;
  readonly batch: number;
  readonly key: Key;
  readonly out: Float32Array<SharedArrayBuffer>; // [V, batch, S, S, 3]
}

/** A worker's answer. */
export type ViewReply =
  | { readonly id: number; readonly params: readonly (readonly ViewParams[])[] }
  | { readonly id: number; readonly error: string };
