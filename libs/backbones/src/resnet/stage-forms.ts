/** How a ResNet keeps its last maps larger than published. */
export interface StrideReduction {
  /** Pixels of the image per cell of the last map: a power of 2 from the stem's own (1, ImageNet 4) up to the published one (8, ImageNet 32). */
  readonly outputStride: number;
  /** `dilation`: convolutions behind a removed stride reach as far as before. `stride-removal`: they stay as they are and reach less far. */
  readonly by: 'dilation' | 'stride-removal';
}

/** Stride and dilation of a stage: of its first block, and of the others. */
export interface StageForm {
  readonly stride: number;
  readonly dilation: number;
  readonly firstDilation: number;
}

const STRIDES = [1, 2, 2, 2];

/**
 * Stride and dilation of the four stages behind a stem of the given stride.
 *
 * With dilation, a stage that gives up its stride dilates its convolutions twice as much as the stage before; its first block is dilated as
 * that stage is.
 *
 * @throws Error when the output stride is out of reach
 *
 * Source: torchvision's `replace_stride_with_dilation`, timm's `output_stride`.
 */
export function stageForms(stemStride: number, reduction?: StrideReduction): StageForm[] {
  const published = stemStride * 8;
  const { outputStride, by } = reduction ?? { outputStride: published, by: 'dilation' };
  if (
    !Number.isInteger(Math.log2(outputStride / stemStride)) ||
    outputStride > published ||
    outputStride < stemStride
  ) {
    throw new Error(
      `resNet: outputStride must be a power of 2 from ${stemStride} to ${published}, got ${outputStride}.`,
    );
  }
  if (!['dilation', 'stride-removal'].includes(by)) {
    throw new Error(`resNet: reduction must be by 'dilation' or 'stride-removal', got '${by}'.`);
  }
  let [reached, dilation] = [stemStride, 1];
  return STRIDES.map((wanted) => {
    const firstDilation = dilation;
    const stride = reached * wanted > outputStride ? 1 : wanted;
    reached *= stride;
    if (by === 'dilation') dilation *= wanted / stride;
    return { stride, dilation, firstDilation };
  });
}
