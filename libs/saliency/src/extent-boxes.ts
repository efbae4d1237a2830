import { tf, type Tensor2D, type Tensor3D } from '@fovea/tensorflow';

/**
 * Box of each map: first row, first column, last row, last column whose maximum exceeds a threshold, as shares of height and width.
 *
 * A map that nowhere exceeds it gets the whole image, (0, 0, 1, 1). // [N, H, W] -> [N, 4]
 */
export function extentBoxes(heat_NHW: Tensor3D, threshold: number): Tensor2D {
  const [images, height, width] = heat_NHW.shape;
  const data = heat_NHW.dataSync();
  const boxes = new Float32Array(images * 4);
  for (let n = 0; n < images; n++) {
    let [top, left, bottom, right] = [height, width, -1, -1];
    for (let p = 0; p < height * width; p++) {
      if (!(data[n * height * width + p] > threshold)) continue;
      const row = Math.floor(p / width);
      top = Math.min(top, row);
      bottom = Math.max(bottom, row);
      left = Math.min(left, p % width);
      right = Math.max(right, p % width);
    }
    boxes.set(
      bottom < 0 ? [0, 0, 1, 1] : [top / height, left / width, bottom / height, right / width],
      4 * n,
    );
  }
  return tf.tensor2d(boxes, [images, 4]);
}
