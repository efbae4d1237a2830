import { checkShape, type Tensor } from '@fovea/tensorflow';

/**
 * Checks several tensors against one shape with shared letters, `checkShapes('byol', ['N', 'D'], { p1_ND, z1_ND })`.
 *
 * @returns the sizes of the letters
 * @throws Error that names the first tensor whose shape is not the one of the tensors before it
 */
export function checkSameShape(
  where: string,
  letters: readonly string[],
  tensors: Readonly<Record<string, Tensor>>,
): Record<string, number> {
  let sizes: Record<string, number> | undefined;
  for (const [name, tensor] of Object.entries(tensors)) {
    const expected = letters.map((letter) => sizes?.[letter] ?? letter);
    const found = checkShape(tensor, expected, `${where}: ${name}`);
    sizes ??= found;
  }
  for (const [letter, size] of Object.entries(sizes ?? {})) {
    if (size === 0)
      throw new Error(`${where}: ${Object.keys(tensors)[0]} must not be empty, got ${letter} = 0.`);
  }
  return sizes ?? {};
}
