// What the kernels share: a table of numbers at a fixed address, filled by plan.ts for every view.
// Fields must be in the order of FIELDS there.

const PLAN: usize = 16;

export const enum Field {
  width, // pixels of the view
  height,
  paddedWidth, // width of a row in memory, a multiple of 32
  source, // address of the first source row of the band
  sourceStride, // bytes
  lineBytes, // of one source row inside the crop
  rowFirst, // i32 [height]: offset of the first source row of each row, in bytes from the band's first
  rowPairs, // taps / 2
  rowWeights, // i16 [height, 2 rowPairs], sum 2^14
  columnFirst, // i32 [width to 4]: offset of the first source pixel of each column, in bytes of the line
  columnPairs,
  columnWeights, // i16 [width to 4, 2 columnPairs], sum 2^14
  line, // i16: one row blended down, 64 per level, RGB
  row, // f32 [3, paddedWidth]: one row in [0, 1]
  planes, // i16 [3, height, paddedWidth]: the view between two passes, 64 per level
  out, // f32 [height, width, 3]
  ops, // 16 bytes each: i32 code, f32, f32
  opsBefore, // number of operations of the first pass
  opsAfter, // of the second
  sumsGrey, // 1: the first pass adds up grey values
  keepsFirst, // 1: the first pass ends in planes, 0: in out
  keepsSecond,
  blurRadius,
  blurWeights, // i16x8 [radius + 1], splat, 2^15 = 1
  blurRows, // i32 [height + 2 radius]: offset of each mirrored row in a plane
  blurColumns, // i32 [width + 2 radius]: mirrored columns
  blurLine, // i16: one mirrored row
  solarizes,
  copies, // 1: nothing is resampled, 2: nor, but mirrored
}

export const enum Real {
  scaleRed = 32, // out = scale x + bias
  scaleGreen,
  scaleBlue,
  biasRed,
  biasGreen,
  biasBlue,
  solarizeLimit,
}

@inline export function int(field: i32): i32 {
  return load<i32>(PLAN + (<usize>field << 2));
}

@inline export function address(field: i32): usize {
  return <usize>load<u32>(PLAN + (<usize>field << 2));
}

@inline export function real(field: i32): f32 {
  return load<f32>(PLAN + (<usize>field << 2));
}
