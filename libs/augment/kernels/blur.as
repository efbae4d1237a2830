// Separable convolution in 16-bit fixed point: 64 per level, weights of 2^15, so that two mirrored taps add up without overflow.
import { address, Field, int } from './plan';

const UNIT: v128 = f32x4.splat(<f32>(1.0 / 16320.0));

@inline function tap(sum: v128, one: usize, other: usize, weight: v128): v128 {
  return i16x8.add(sum, i16x8.q15mulr_sat_s(i16x8.add(v128.load(one), v128.load(other)), weight));
}

/** Row `y` of the blurred planes, into the row of the plan. */
export function blurRow(y: i32): void {
  const bytes = <usize>int(Field.paddedWidth) << 1;
  const radius = int(Field.blurRadius);
  const columns = address(Field.blurColumns);
  const line = address(Field.blurLine) + (<usize>radius << 1);
  const width = int(Field.width);
  for (let channel = 0; channel < 3; channel++) {
    const plane = address(Field.planes) + <usize>(channel * int(Field.height)) * bytes;
    blurDown(plane, y, bytes, line);
    for (let place = 0; place < radius; place++) {
      const left = load<i32>(columns + (<usize>place << 2));
      const right = load<i32>(columns + (<usize>(radius + width + place) << 2));
      store<i16>(line - (<usize>(radius - place) << 1), load<i16>(line + (<usize>left << 1)));
      store<i16>(line + (<usize>(width + place) << 1), load<i16>(line + (<usize>right << 1)));
    }
    blurAcross(line, width, address(Field.row) + <usize>channel * (bytes << 1));
  }
}

@inline function blurDown(plane: usize, y: i32, bytes: usize, line: usize): void {
  const radius = int(Field.blurRadius);
  const weights = address(Field.blurWeights);
  const rows = address(Field.blurRows) + (<usize>(y + radius) << 2);
  for (let x: usize = 0; x < bytes; x += 64) {
    const base = plane + x;
    const own = base + <usize>load<i32>(rows);
    let weight = v128.load(weights);
    let a = i16x8.q15mulr_sat_s(v128.load(own), weight);
    let b = i16x8.q15mulr_sat_s(v128.load(own, 16), weight);
    let c = i16x8.q15mulr_sat_s(v128.load(own, 32), weight);
    let d = i16x8.q15mulr_sat_s(v128.load(own, 48), weight);
    for (let step = 1; step <= radius; step++) {
      const above = base + <usize>load<i32>(rows - (<usize>step << 2));
      const below = base + <usize>load<i32>(rows + (<usize>step << 2));
      weight = v128.load(weights + (<usize>step << 4));
      a = tap(a, above, below, weight);
      b = tap(b, above + 16, below + 16, weight);
      c = tap(c, above + 32, below + 32, weight);
      d = tap(d, above + 48, below + 48, weight);
    }
    v128.store(line + x, a);
    v128.store(line + x, b, 16);
    v128.store(line + x, c, 32);
    v128.store(line + x, d, 48);
  }
}

@inline function blurAcross(line: usize, width: i32, to: usize): void {
  const radius = int(Field.blurRadius);
  const weights = address(Field.blurWeights);
  for (let x = 0; x < width; x += 16) {
    const own = line + (<usize>x << 1);
    let weight = v128.load(weights);
    let a = i16x8.q15mulr_sat_s(v128.load(own), weight);
    let b = i16x8.q15mulr_sat_s(v128.load(own, 16), weight);
    for (let step = 1; step <= radius; step++) {
      const away = <usize>step << 1;
      weight = v128.load(weights + (<usize>step << 4));
      a = tap(a, own - away, own + away, weight);
      b = tap(b, own - away + 16, own + away + 16, weight);
    }
    unpack(to + (<usize>x << 2), a);
    unpack(to + (<usize>x << 2) + 32, b);
  }
}

@inline function unpack(to: usize, values: v128): void {
  v128.store(to, f32x4.mul(f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(values)), UNIT));
  v128.store(to, f32x4.mul(f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(values)), UNIT), 16);
}

/** The row of the plan to row `y` of the planes, rounded to 1/64 of a level. */
export function keepRow(y: i32): void {
  const width = int(Field.width);
  const bytes = <usize>int(Field.paddedWidth) << 1;
  for (let channel = 0; channel < 3; channel++) {
    const from = address(Field.row) + <usize>channel * (bytes << 1);
    const to = address(Field.planes) + <usize>(channel * int(Field.height) + y) * bytes;
    for (let x = 0; x < width; x += 8) {
      const low = pack(v128.load(from + (<usize>x << 2)));
      const high = pack(v128.load(from + (<usize>x << 2), 16));
      v128.store(to + (<usize>x << 1), i16x8.narrow_i32x4_s(low, high));
    }
  }
}

/** Adding 2^23 leaves a float's rounded integer in its lowest bits. */
@inline function pack(x: v128): v128 {
  const sum = f32x4.add(f32x4.mul(x, f32x4.splat(16320)), f32x4.splat(8388608));
  return v128.and(sum, i32x4.splat(0x7fff));
}

/** Row `y` of the planes to the row of the plan. */
export function fetchRow(y: i32): void {
  const width = int(Field.width);
  const bytes = <usize>int(Field.paddedWidth) << 1;
  for (let channel = 0; channel < 3; channel++) {
    const from = address(Field.planes) + <usize>(channel * int(Field.height) + y) * bytes;
    const to = address(Field.row) + <usize>channel * (bytes << 1);
    for (let x = 0; x < width; x += 8) unpack(to + (<usize>x << 2), v128.load(from + (<usize>x << 1)));
  }
}
