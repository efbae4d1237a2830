/**
 * Discrete Fourier transform of a complex sequence, in place: X_k = sum_n x_n e^(-2 pi i k n / N).
 *
 * Radix-2 where the length is a power of two, else Bluestein's chirp on the next one that fits. The inverse divides by the length.
 */
export function fft(real: Float64Array, imaginary: Float64Array, inverse = false): void {
  const n = real.length;
  if (inverse) {
    fft(imaginary, real);
    for (let i = 0; i < n; i++) {
      real[i] /= n;
      imaginary[i] /= n;
    }
  } else if ((n & (n - 1)) === 0) radix2(real, imaginary);
  else bluestein(real, imaginary);
}

/** Two-dimensional transform in place, rows first. */
export function fft2(
  real: Float64Array,
  imaginary: Float64Array,
  height: number,
  width: number,
  inverse = false,
): void {
  for (let r = 0; r < height; r++) {
    fft(real.subarray(r * width, (r + 1) * width), imaginary.subarray(r * width, (r + 1) * width), inverse);
  }
  const columnReal = new Float64Array(height);
  const columnImaginary = new Float64Array(height);
  for (let c = 0; c < width; c++) {
    for (let r = 0; r < height; r++) {
      columnReal[r] = real[r * width + c];
      columnImaginary[r] = imaginary[r * width + c];
    }
    fft(columnReal, columnImaginary, inverse);
    for (let r = 0; r < height; r++) {
      real[r * width + c] = columnReal[r];
      imaginary[r * width + c] = columnImaginary[r];
    }
  }
}

function radix2(real: Float64Array, imaginary: Float64Array): void {
  const n = real.length;
  for (let i = 1, j = 0; i < n; i++) {
    let bit = n >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i < j) {
      [real[i], real[j]] = [real[j], real[i]];
      [imaginary[i], imaginary[j]] = [imaginary[j], imaginary[i]];
    }
  }
  for (let size = 2; size <= n; size *= 2) {
    const half = size / 2;
    for (let k = 0; k < half; k++) {
      const cos = Math.cos((-2 * Math.PI * k) / size);
      const sin = Math.sin((-2 * Math.PI * k) / size);
      for (let start = k; start < n; start += size) {
        const other = start + half;
        const re = real[other] * cos - imaginary[other] * sin;
        const im = real[other] * sin + imaginary[other] * cos;
        real[other] = real[start] - re;
        imaginary[other] = imaginary[start] - im;
        real[start] += re;
        imaginary[start] += im;
      }
    }
  }
}

function bluestein(real: Float64Array, imaginary: Float64Array): void {
  const n = real.length;
  let size = 1;
  while (size < 2 * n - 1) size *= 2;
  const aReal = new Float64Array(size);
  const aImaginary = new Float64Array(size);
  const bReal = new Float64Array(size);
  const bImaginary = new Float64Array(size);
  const cos = new Float64Array(n);
  const sin = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    const angle = (Math.PI * ((i * i) % (2 * n))) / n;
    cos[i] = Math.cos(angle);
    sin[i] = Math.sin(angle);
    aReal[i] = real[i] * cos[i] + imaginary[i] * sin[i];
    aImaginary[i] = imaginary[i] * cos[i] - real[i] * sin[i];
    bReal[i] = bReal[(size - i) % size] = cos[i];
    bImaginary[i] = bImaginary[(size - i) % size] = sin[i];
  }
  radix2(aReal, aImaginary);
  radix2(bReal, bImaginary);
  for (let i = 0; i < size; i++) {
    const re = aReal[i] * bReal[i] - aImaginary[i] * bImaginary[i];
    aImaginary[i] = aReal[i] * bImaginary[i] + aImaginary[i] * bReal[i];
    aReal[i] = re;
  }
  fft(aReal, aImaginary, true);
  for (let i = 0; i < n; i++) {
    real[i] = aReal[i] * cos[i] + aImaginary[i] * sin[i];
    imaginary[i] = aImaginary[i] * cos[i] - aReal[i] * sin[i];
  }
}
