// The end of a view: solarise, normalise, and from channels back to pixels.
import { address, Field, int, Real, real } from './plan';

const ONE: v128 = f32x4.splat(1);

@inline function inverted(x: v128, limit: v128): v128 {
  return v128.bitselect(f32x4.sub(ONE, x), x, f32x4.ge(x, limit));
}

/** The row of the plan to row `y` of the view. Up to nine values are written beyond its end; the next row overwrites them. */
export function finishRow(y: i32): void {
  const width = int(Field.width);
  const plane = <usize>int(Field.paddedWidth) << 2;
  const solarizes = int(Field.solarizes) != 0;
  const limit = f32x4.splat(real(Real.solarizeLimit));
  const scaleRed = f32x4.splat(real(Real.scaleRed));
  const scaleGreen = f32x4.splat(real(Real.scaleGreen));
  const scaleBlue = f32x4.splat(real(Real.scaleBlue));
  const biasRed = f32x4.splat(real(Real.biasRed));
  const biasGreen = f32x4.splat(real(Real.biasGreen));
  const biasBlue = f32x4.splat(real(Real.biasBlue));
  let from = address(Field.row);
  let to = address(Field.out) + <usize>(y * width) * 12;
  for (let x = 0; x < width; x += 4) {
    let r = v128.load(from);
    let g = v128.load(from + plane);
    let b = v128.load(from + 2 * plane);
    if (solarizes) {
      r = inverted(r, limit);
      g = inverted(g, limit);
      b = inverted(b, limit);
    }
    r = f32x4.add(f32x4.mul(r, scaleRed), biasRed);
    g = f32x4.add(f32x4.mul(g, scaleGreen), biasGreen);
    b = f32x4.add(f32x4.mul(b, scaleBlue), biasBlue);
    const rg01 = v128.shuffle<i32>(r, g, 0, 4, 1, 5); // r0 g0 r1 g1
    const rg23 = v128.shuffle<i32>(r, g, 2, 6, 3, 7);
    v128.store(to, v128.shuffle<i32>(rg01, v128.shuffle<i32>(b, r, 0, 5, 0, 5), 0, 1, 4, 5));
    v128.store(to, v128.shuffle<i32>(v128.shuffle<i32>(g, b, 1, 5, 1, 5), rg23, 0, 1, 4, 5), 16);
    v128.store(to, v128.shuffle<i32>(v128.shuffle<i32>(b, r, 2, 7, 2, 7), v128.shuffle<i32>(g, b, 3, 7, 3, 7), 0, 1, 4, 5), 32);
    from += 16;
    to += 48;
  }
}
