import { checkImage, type Image } from './image.ts';
import { checkRange, withDefaults } from './options.ts';
import { greyPlane } from './resize-image.ts';

/** What counts as an artificial frame. */
export interface RemoveFrameOptions {
  /** Widest frame looked for, as a share of the shorter side. */
  deepest: number;
  /** Share of a line's pixels that must be an edge for the line to be a frame's inner rim. */
  share: number;
  /** Grey difference, in [0, 1], of an edge. */
  edge: number;
  /** Sides that must have a rim: one straight edge alone is a horizon, not a frame. */
  sides: number;
}

/** A rectangle in whole pixels; right and bottom are exclusive. */
export interface PixelBox {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/**
 * Finds the picture inside an artificial frame: per side the innermost line, within reach, across which most pixels jump.
 *
 * The whole image where fewer than `sides` sides have such a line. The authors' release looks for straight Canny edges; this looks for
 * straight luminance jumps, so frames are the same and borderline cases may differ.
 *
 * @throws Error for bad images and options
 * @see Zhu et al. 2014, authors' release (remove frame)
 */
export function removeFrame(image: Image, options?: Partial<RemoveFrameOptions>): PixelBox {
  checkImage(image, 'removeFrame');
  const defaults = { deepest: 0.13, share: 0.6, edge: 0.08, sides: 2 };
  const o = withDefaults(options, defaults, 'removeFrame');
  checkRange(o.deepest, 0, 0.45, 'removeFrame: deepest');
  checkRange(o.share, 0, 1, 'removeFrame: share');
  checkRange(o.edge, 0, 1, 'removeFrame: edge');
  checkRange(o.sides, 1, 4, 'removeFrame: sides');
  const { width, height } = image;
  const grey = greyPlane(image);
  const reach = Math.floor(o.deepest * Math.min(width, height));
  /** Share of pixels that jump between two neighbouring lines; `stride` runs along a line. */
  const jumps = (first: number, second: number, stride: number, length: number): number => {
    let count = 0;
    for (let i = 0; i < length; i++) {
      if (Math.abs(grey[first + i * stride] - grey[second + i * stride]) > o.edge) count++;
    }
    return count / length;
  };
  const rim = (jump: (depth: number) => number): number => {
    for (let depth = reach; depth >= 1; depth--) if (jump(depth) >= o.share) return depth;
    return 0;
  };
  const top = rim((d) => jumps((d - 1) * width, d * width, 1, width));
  const bottom = rim((d) => jumps((height - d) * width, (height - d - 1) * width, 1, width));
  const left = rim((d) => jumps(d - 1, d, width, height));
  const right = rim((d) => jumps(width - d, width - d - 1, width, height));
  const found = [top, bottom, left, right].filter((depth) => depth > 0).length;
  if (found < o.sides) return { left: 0, top: 0, right: width, bottom: height };
  return { left, top, right: width - right, bottom: height - bottom };
}

/** The part of an image inside a box. */
export function cropImage(image: Image, box: PixelBox): Image {
  const { channels } = image;
  const width = box.right - box.left;
  const height = box.bottom - box.top;
  if (width === image.width && height === image.height) return image;
  const data = new Uint8Array(width * height * channels);
  for (let r = 0; r < height; r++) {
    const start = ((box.top + r) * image.width + box.left) * channels;
    data.set(image.data.subarray(start, start + width * channels), r * width * channels);
  }
  return { data, width, height, channels };
}
