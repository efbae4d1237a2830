import type { ViewParams } from '../views/sample-view.ts';

/** A box with real edges: [x0, y0, x1, y1] in pixels, x1 and y1 exclusive. */
export type EdgeBox = readonly [x0: number, y0: number, x1: number, y1: number];

/** A box as a view shows it. */
export interface CroppedBox {
  /** In pixels of the view, cut at its border. */
  readonly box: EdgeBox;
  /** Share of the box's area that lies inside the crop, in [0, 1]; at 0 the box is empty. */
  readonly visible: number;
}

/**
 * Boxes of an image in the pixels of a view: shifted, scaled, mirrored and cut at the border.
 *
 * @param params - what was drawn for the view
 * @param size - height and width of the view
 * @throws RangeError for a box without area
 *
 * @example
 * cropBoxes([[8, 8, 16, 16]], { crop: { top: 0, left: 8, height: 16, width: 16 }, flip: false }, 32); // [{ box: [0, 16, 16, 32], visible: 1 }]
 */
export function cropBoxes(
  boxes: readonly EdgeBox[],
  params: Pick<ViewParams, 'crop' | 'flip'>,
  size: number,
): CroppedBox[] {
  const { top, left, height, width } = params.crop;
  return boxes.map(([x0, y0, x1, y1], index) => {
    if (!(x1 > x0 && y1 > y0)) {
      throw new RangeError(
        `cropBoxes: box ${index} must have x0 < x1 and y0 < y1, got ${[x0, y0, x1, y1].join()}.`,
      );
    }
    const cut = (value: number, from: number, length: number): number =>
      Math.min(Math.max(value - from, 0), length);
    const [a, b] = [cut(x0, left, width), cut(x1, left, width)];
    const [c, d] = [cut(y0, top, height), cut(y1, top, height)];
    const [sx, sy] = [size / width, size / height];
    const [from, to] = params.flip ? [width - b, width - a] : [a, b];
    return {
      box: [from * sx, c * sy, to * sx, d * sy],
      visible: ((b - a) * (d - c)) / ((x1 - x0) * (y1 - y0)),
    };
  });
}
