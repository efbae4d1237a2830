import type { Box } from '@fovea/augment';

/** Intersection over union of two boxes, in [0, 1]. */
export function boxOverlap(a: Box, b: Box): number {
  const height = Math.min(a.top + a.height, b.top + b.height) - Math.max(a.top, b.top);
  const width = Math.min(a.left + a.width, b.left + b.width) - Math.max(a.left, b.left);
  const shared = Math.max(0, height) * Math.max(0, width);
  return shared / (a.height * a.width + b.height * b.width - shared);
}
