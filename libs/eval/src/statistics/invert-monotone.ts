/** The x with f(x) = target for a non-decreasing f on the real line, by widening and bisection to the last bit. */
export function invertMonotone(f: (x: number) => number, target: number): number {
  let low = -1;
  let high = 1;
  while (f(low) > target) low *= 2;
  while (f(high) < target) high *= 2;
  for (;;) {
    const middle = (low + high) / 2;
    if (middle === low || middle === high) return middle;
    if (f(middle) < target) low = middle;
    else high = middle;
  }
}
