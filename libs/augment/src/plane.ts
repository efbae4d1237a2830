/** One number per pixel: a mask, an alpha or a saliency map; bytes mean value / 255. */
export interface Plane {
  readonly data: Uint8Array | Float32Array; // [H, W]
  readonly height: number;
  readonly width: number;
}

/** Anything that hands out a plane for each image of a source. */
export interface PlaneSource {
  readonly length: number;
  plane(index: number): Plane;
}

/** @throws RangeError when a plane does not hold height x width finite numbers >= 0 */
export function checkPlane({ data, height, width }: Plane, caller: string): void {
  if (!(Number.isInteger(height) && Number.isInteger(width) && height > 0 && width > 0)) {
    throw new RangeError(`${caller}: map sizes must be positive integers, got ${height} x ${width}.`);
  }
  if (data.length !== height * width) {
    throw new RangeError(
      `${caller}: a map of ${height} x ${width} holds ${height * width} values, got ${data.length}.`,
    );
  }
  const wrong =
    data instanceof Uint8Array ? -1 : data.findIndex((value) => !(value >= 0 && value < Infinity));
  if (wrong >= 0)
    throw new RangeError(`${caller}: map values must be finite and >= 0, got ${data[wrong]} at ${wrong}.`);
}

/** A plane as float32 in [0, 1]. */
export function floatPlane(plane: Plane): Float32Array {
  return plane.data instanceof Uint8Array ? Float32Array.from(plane.data, (byte) => byte / 255) : plane.data;
}
