/** One channel of interleaved values as a plane. */
export function channelPlane(values: ArrayLike<number>, channels: number, channel: number): Float32Array {
  const plane = new Float32Array(values.length / channels);
  for (let p = 0; p < plane.length; p++) plane[p] = values[channels * p + channel];
  return plane;
}
