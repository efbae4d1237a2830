// Separable antialiased resampling in 16-bit fixed point: down first (whole source rows, 16 bytes at a time), then across.
import { address, Field, int } from './plan';

const ROUND: v128 = i32x4.splat(128);
const LEVEL: v128 = f32x4.splat(<f32>(1.0 / (255.0 * 64.0 * 16384.0)));
const ZERO: v128 = f32x4.splat(0);
const ONE: v128 = f32x4.splat(1);

/** Source rows of one row of the view, blended: 64 per level. */
export function blendDown(y: i32): void {
  const stride = <usize>int(Field.sourceStride);
  const bytes = <usize>int(Field.lineBytes);
  const pairs = int(Field.rowPairs);
  const first = address(Field.source) + <usize>load<i32>(address(Field.rowFirst) + (<usize>y << 2));
  const weights = address(Field.rowWeights) + <usize>(y * pairs) * 4;
  const line = address(Field.line);
  for (let at: usize = 0; at < bytes; at += 16) {
    let a = ROUND;
    let b = ROUND;
    let c = ROUND;
    let d = ROUND;
    let from = first + at;
    for (let pair = 0; pair < pairs; pair++) {
      const weight = v128.load32_splat(weights + (<usize>pair << 2));
      const upper = v128.load(from);
      const lower = v128.load(from + stride);
      const low = i8x16.shuffle(upper, lower, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
      const high = i8x16.shuffle(upper, lower, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
      a = i32x4.add(a, i32x4.dot_i16x8_s(i16x8.extend_low_i8x16_u(low), weight));
      b = i32x4.add(b, i32x4.dot_i16x8_s(i16x8.extend_high_i8x16_u(low), weight));
      c = i32x4.add(c, i32x4.dot_i16x8_s(i16x8.extend_low_i8x16_u(high), weight));
      d = i32x4.add(d, i32x4.dot_i16x8_s(i16x8.extend_high_i8x16_u(high), weight));
      from += stride << 1;
    }
    const to = line + (at << 1);
    v128.store(to, i16x8.narrow_i32x4_s(i32x4.shr_s(a, 8), i32x4.shr_s(b, 8)));
    v128.store(to, i16x8.narrow_i32x4_s(i32x4.shr_s(c, 8), i32x4.shr_s(d, 8)), 16);
  }
}

@inline function pixel(from: usize, weights: usize, pairs: i32): v128 {
  let sum = i32x4.splat(0);
  for (let pair = 0; pair < pairs; pair++) {
    const two = v128.load(from);
    sum = i32x4.add(
      sum,
      i32x4.dot_i16x8_s(v128.shuffle<i16>(two, two, 0, 3, 1, 4, 2, 5, 6, 7), v128.load32_splat(weights)),
    );
    from += 12;
    weights += 4;
  }
  return f32x4.convert_i32x4_s(sum);
}

@inline function unit(x: v128): v128 {
  return f32x4.pmax(ZERO, f32x4.pmin(ONE, f32x4.mul(x, LEVEL)));
}

/** The blended line, blended across: one row of the view in [0, 1], by channel. */
export function blendAcross(): void {
  const width = int(Field.width);
  const pairs = int(Field.columnPairs);
  const step = <usize>pairs << 2;
  const line = address(Field.line);
  let first = address(Field.columnFirst);
  let weights = address(Field.columnWeights);
  let red = address(Field.row);
  const plane = <usize>int(Field.paddedWidth) << 2;
  for (let x = 0; x < width; x += 4) {
    const p0 = pixel(line + <usize>load<i32>(first), weights, pairs);
    const p1 = pixel(line + <usize>load<i32>(first, 4), weights + step, pairs);
    const p2 = pixel(line + <usize>load<i32>(first, 8), weights + 2 * step, pairs);
    const p3 = pixel(line + <usize>load<i32>(first, 12), weights + 3 * step, pairs);
    const rg01 = v128.shuffle<i32>(p0, p1, 0, 4, 1, 5);
    const rg23 = v128.shuffle<i32>(p2, p3, 0, 4, 1, 5);
    const b01 = v128.shuffle<i32>(p0, p1, 2, 6, 3, 7);
    const b23 = v128.shuffle<i32>(p2, p3, 2, 6, 3, 7);
    v128.store(red, unit(v128.shuffle<i32>(rg01, rg23, 0, 1, 4, 5)));
    v128.store(red + plane, unit(v128.shuffle<i32>(rg01, rg23, 2, 3, 6, 7)));
    v128.store(red + 2 * plane, unit(v128.shuffle<i32>(b01, b23, 0, 1, 4, 5)));
    first += 16;
    weights += 4 * step;
    red += 16;
  }
}

const BYTE: v128 = f32x4.splat(<f32>(1.0 / 255.0));

/** Bytes, each in 32 bits, as numbers in [0, 1]. */
@inline function spread(bytes: v128): v128 {
  return f32x4.mul(f32x4.convert_i32x4_s(bytes), BYTE);
}

/** A row that is not resampled: bytes to one row of the view in [0, 1], by channel. */
export function copyRow(y: i32): void {
  const width = int(Field.width);
  const mirrors = int(Field.copies) == 2;
  const zero = i32x4.splat(0);
  const plane = <usize>int(Field.paddedWidth) << 2;
  const first = address(Field.source) + <usize>load<i32>(address(Field.rowFirst) + (<usize>y << 2));
  let to = address(Field.row);
  if (mirrors) {
    for (let x = width - 4; x >= 0; x -= 4) {
      const four = v128.load(first + <usize>(x * 3));
      v128.store(to, spread(v128.shuffle<i8>(four, zero, 9, 16, 16, 16, 6, 16, 16, 16, 3, 16, 16, 16, 0, 16, 16, 16)));
      v128.store(to + plane, spread(v128.shuffle<i8>(four, zero, 10, 16, 16, 16, 7, 16, 16, 16, 4, 16, 16, 16, 1, 16, 16, 16)));
      v128.store(to + 2 * plane, spread(v128.shuffle<i8>(four, zero, 11, 16, 16, 16, 8, 16, 16, 16, 5, 16, 16, 16, 2, 16, 16, 16)));
      to += 16;
    }
    return;
  }
  for (let x = 0; x < width; x += 4) {
    const four = v128.load(first + <usize>(x * 3));
    v128.store(to, spread(v128.shuffle<i8>(four, zero, 0, 16, 16, 16, 3, 16, 16, 16, 6, 16, 16, 16, 9, 16, 16, 16)));
    v128.store(to + plane, spread(v128.shuffle<i8>(four, zero, 1, 16, 16, 16, 4, 16, 16, 16, 7, 16, 16, 16, 10, 16, 16, 16)));
    v128.store(to + 2 * plane, spread(v128.shuffle<i8>(four, zero, 2, 16, 16, 16, 5, 16, 16, 16, 8, 16, 16, 16, 11, 16, 16, 16)));
    to += 16;
  }
}
