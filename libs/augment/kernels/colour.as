// Colour operations on one row by channel, four pixels at a time, all operations of a pass while the row is in the nearest cache.
import { address, Field, int } from './plan';

const RED: f32 = 0.2989;
const GREEN: f32 = 0.587;
const BLUE: f32 = 0.114;
const ZERO: v128 = f32x4.splat(0);
const ONE: v128 = f32x4.splat(1);
const TWO: v128 = f32x4.splat(2);
const THREE: v128 = f32x4.splat(3);
const FOUR: v128 = f32x4.splat(4);
const SIX: v128 = f32x4.splat(6);

@inline function clamp(x: v128): v128 {
  return f32x4.pmax(ZERO, f32x4.pmin(ONE, x));
}

@inline function grey(r: v128, g: v128, b: v128): v128 {
  return f32x4.add(
    f32x4.add(f32x4.mul(r, f32x4.splat(RED)), f32x4.mul(g, f32x4.splat(GREEN))),
    f32x4.mul(b, f32x4.splat(BLUE)),
  );
}

/** Operations `from` up to `to` of the plan on the row. */
export function adjust(from: i32, to: i32): void {
  const ops = address(Field.ops);
  const row = address(Field.row);
  const plane = <usize>int(Field.paddedWidth) << 2;
  const end = row + (<usize>((int(Field.width) + 3) >> 2) << 4);
  for (let place = from; place < to; place++) {
    const op = ops + (<usize>place << 4);
    const factor = load<f32>(op, 4);
    switch (load<i32>(op)) {
      case 0:
        blend(row, end, plane, factor, 0);
        break;
      case 1:
        blend(row, end, plane, factor, load<f32>(op, 8));
        break;
      case 2:
        saturate(row, end, plane, factor);
        break;
      case 3:
        turn(row, end, plane, factor);
        break;
      default:
        flatten(row, end, plane);
    }
  }
}

@inline function blend(row: usize, end: usize, plane: usize, factor: f32, rest: f32): void {
  const f = f32x4.splat(factor);
  const add = f32x4.splat(rest);
  for (let at = row; at < end; at += 16) {
    v128.store(at, clamp(f32x4.add(f32x4.mul(f, v128.load(at)), add)));
    v128.store(at + plane, clamp(f32x4.add(f32x4.mul(f, v128.load(at + plane)), add)));
    v128.store(at + 2 * plane, clamp(f32x4.add(f32x4.mul(f, v128.load(at + 2 * plane)), add)));
  }
}

@inline function saturate(row: usize, end: usize, plane: usize, factor: f32): void {
  const f = f32x4.splat(factor);
  const rest = f32x4.splat(1 - factor);
  for (let at = row; at < end; at += 16) {
    const r = v128.load(at);
    const g = v128.load(at + plane);
    const b = v128.load(at + 2 * plane);
    const add = f32x4.mul(rest, grey(r, g, b));
    v128.store(at, clamp(f32x4.add(f32x4.mul(f, r), add)));
    v128.store(at + plane, clamp(f32x4.add(f32x4.mul(f, g), add)));
    v128.store(at + 2 * plane, clamp(f32x4.add(f32x4.mul(f, b), add)));
  }
}

@inline function flatten(row: usize, end: usize, plane: usize): void {
  for (let at = row; at < end; at += 16) {
    const value = grey(v128.load(at), v128.load(at + plane), v128.load(at + 2 * plane));
    v128.store(at, value);
    v128.store(at + plane, value);
    v128.store(at + 2 * plane, value);
  }
}

/** Hue by `turns`: in sixths of a turn h, red = low + chroma clamp(|h - 3| - 1), green with 2 - |h - 2|, blue with 2 - |h - 4|. */
@inline function turn(row: usize, end: usize, plane: usize, turns: f32): void {
  const sixths = f32x4.splat(turns * 6);
  for (let at = row; at < end; at += 16) {
    const r = v128.load(at);
    const g = v128.load(at + plane);
    const b = v128.load(at + 2 * plane);
    const high = f32x4.pmax(r, f32x4.pmax(g, b));
    const low = f32x4.pmin(r, f32x4.pmin(g, b));
    const chroma = f32x4.sub(high, low);
    const isRed = f32x4.eq(high, r);
    const isGreen = f32x4.eq(high, g);
    const other = v128.bitselect(f32x4.sub(b, r), f32x4.sub(r, g), isGreen);
    const difference = v128.bitselect(f32x4.sub(g, b), other, isRed);
    const offset = v128.andnot(v128.bitselect(TWO, FOUR, isGreen), isRed);
    // a grey pixel divides 0 by 1: its chroma of 0 makes every hue the same
    const divisor = v128.bitselect(ONE, chroma, f32x4.eq(chroma, ZERO));
    let hue = f32x4.add(f32x4.add(offset, f32x4.div(difference, divisor)), sixths); // [-4, 8]
    hue = f32x4.add(hue, v128.and(SIX, f32x4.lt(hue, ZERO)));
    hue = f32x4.sub(hue, v128.and(SIX, f32x4.ge(hue, SIX)));
    const red = clamp(f32x4.sub(f32x4.abs(f32x4.sub(hue, THREE)), ONE));
    const green = clamp(f32x4.sub(TWO, f32x4.abs(f32x4.sub(hue, TWO))));
    const blue = clamp(f32x4.sub(TWO, f32x4.abs(f32x4.sub(hue, FOUR))));
    v128.store(at, f32x4.add(low, f32x4.mul(chroma, red)));
    v128.store(at + plane, f32x4.add(low, f32x4.mul(chroma, green)));
    v128.store(at + 2 * plane, f32x4.add(low, f32x4.mul(chroma, blue)));
  }
}

/** Sum of the grey values of the row. */
export function sumGrey(): f64 {
  const row = address(Field.row);
  const plane = <usize>int(Field.paddedWidth) << 2;
  const width = int(Field.width);
  let sums = ZERO;
  let x = 0;
  let at = row;
  for (; x + 4 <= width; x += 4, at += 16) {
    sums = f32x4.add(sums, grey(v128.load(at), v128.load(at + plane), v128.load(at + 2 * plane)));
  }
  let sum =
    <f64>f32x4.extract_lane(sums, 0) +
    <f64>f32x4.extract_lane(sums, 1) +
    <f64>f32x4.extract_lane(sums, 2) +
    <f64>f32x4.extract_lane(sums, 3);
  for (; x < width; x++, at += 4) {
    sum += RED * load<f32>(at) + GREEN * load<f32>(at + plane) + BLUE * load<f32>(at + 2 * plane);
  }
  return sum;
}
