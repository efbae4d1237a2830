import { channelPlane } from './channel-plane.ts';
import { rgbBytes, type Image } from './image.ts';
import { resizeMap } from './resize-map.ts';

/** The image as sRGB, with its longer side at most `longest` pixels; area average. Never enlarges. */
export function shrinkImage(image: Image, longest: number): Image {
  const rgb = rgbBytes(image, 'shrinkImage');
  const scale = longest / Math.max(image.width, image.height);
  if (scale >= 1) return { data: rgb, width: image.width, height: image.height, channels: 3 };
  const width = Math.max(1, Math.round(image.width * scale));
  const height = Math.max(1, Math.round(image.height * scale));
  const data = new Uint8Array(width * height * 3);
  for (let c = 0; c < 3; c++) {
    const plane = channelPlane(rgb, 3, c);
    const small = resizeMap({ data: plane, width: image.width, height: image.height }, width, height);
    for (let p = 0; p < width * height; p++) data[3 * p + c] = Math.round(small.data[p]);
  }
  return { data, width, height, channels: 3 };
}

/** Rec. 601 luma in [0, 1]: 0.299 R + 0.587 G + 0.114 B. */
export function greyPlane(image: Image): Float32Array {
  const rgb = rgbBytes(image, 'greyPlane');
  const grey = new Float32Array(image.width * image.height);
  for (let p = 0; p < grey.length; p++) {
    grey[p] = (0.299 * rgb[3 * p] + 0.587 * rgb[3 * p + 1] + 0.114 * rgb[3 * p + 2]) / 255;
  }
  return grey;
}

/**
 * The image at another size as sRGB in [0, 1], rows of interleaved channels: area average where it shrinks, bilinear where it grows.
 *
 * @returns // [height, width, 3]
 */
export function imageTensorData(image: Image, width: number, height: number): Float32Array {
  const rgb = rgbBytes(image, 'imageTensorData');
  const data = new Float32Array(width * height * 3);
  for (let c = 0; c < 3; c++) {
    const plane = { data: channelPlane(rgb, 3, c), width: image.width, height: image.height };
    resizeMap(plane, width, height).data.forEach((value, p) => (data[3 * p + c] = value / 255));
  }
  return data;
}
