import { methodNamed, MOCO_V2, type AnyMethod } from '@fovea/methods';
import { diDaFilled } from './dida-filled.ts';
import { featureMasked } from './feature-masked.ts';

/** Methods that stand in for nothing but an ablation. */
const ABLATIONS: ReadonlyMap<string, AnyMethod> = new Map(
  [featureMasked(MOCO_V2), diDaFilled()].map((method) => [method.name, method]),
);

/**
 * The method of a name: one of the ablations, or of the registry.
 *
 * @throws Error for an unknown one, naming those of the registry
 */
export function experimentMethod(name: string): AnyMethod {
  return ABLATIONS.get(name) ?? methodNamed(name);
}
