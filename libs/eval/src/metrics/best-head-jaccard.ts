/**
 * Jaccard index of the best attention head of each image (DINO's convention), and its mean: an upper bound, as the head is chosen by the mask.
 *
 * @param heads - [heads][B * H * W], 1 where a head keeps a patch (say the top 60 % of its mass)
 * @param masks - [B * H * W], 0 or 1
 * @returns [B] best IoU and the mean over images
 * @throws Error for lengths that do not fit or an empty mask
 */
export function bestHeadJaccard(
  heads: readonly ArrayLike<number>[],
  masks: ArrayLike<number>,
  images: number,
): { readonly iou: Float64Array; readonly mean: number } {
  const size = masks.length / images;
  if (heads.length === 0 || !Number.isInteger(size) || heads.some((head) => head.length !== masks.length)) {
    throw new Error(
      `bestHeadJaccard: needs heads and masks of ${images} equal images; got ${heads.length} heads, ${masks.length} mask pixels.`,
    );
  }
  const iou = Float64Array.from({ length: images }, (_, image) => {
    const values = heads.map((head) => {
      let [both, either, truth] = [0, 0, 0];
      for (let at = image * size; at < (image + 1) * size; at++) {
        truth += masks[at];
        both += Number(head[at] === 1 && masks[at] === 1);
        either += Number(head[at] === 1 || masks[at] === 1);
      }
      if (truth === 0) throw new Error(`bestHeadJaccard: mask ${image} is empty; leave the image out.`);
      return both / either;
    });
    return Math.max(...values);
  });
  return { iou, mean: iou.reduce((sum, value) => sum + value, 0) / images };
}
