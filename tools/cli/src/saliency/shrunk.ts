import { resizeMap, type Image } from '@fovea/saliency';

/** An RGB image with its longer side at most `longest` pixels; area average, never enlarged. */
export function shrunk(image: Image, longest: number): Image {
  const scale = Math.min(1, longest / Math.max(image.width, image.height));
  const [width, height] = [image.width, image.height].map((side) => Math.max(1, Math.round(side * scale)));
  const data = new Uint8Array(width * height * 3);
  for (let c = 0; c < 3; c++) {
    const plane = Float32Array.from(
      { length: image.width * image.height },
      (_, p) => image.data[image.channels * p + (image.channels < 3 ? 0 : c)],
    );
    const small = resizeMap({ data: plane, width: image.width, height: image.height }, width, height);
    small.data.forEach((value, p) => (data[3 * p + c] = Math.round(value)));
  }
  return { data, width, height, channels: 3 };
}
