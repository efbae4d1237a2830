// The standard normal distribution, in loops that the compiler turns into vector instructions.

#ifndef FOVEA_NATIVE_KERNELS_NORMAL_H_
#define FOVEA_NATIVE_KERNELS_NORMAL_H_

#include <cmath>
#include <cstdint>
#include <cstring>

#include "op.h"

namespace fovea {

// exp(x) for x <= 0, within 2 units in the last place; 0 below -87.3, where it would be subnormal.
FOVEA_INLINE float ExpOfNegative(float x) {
  const bool vanishes = x < -87.3f;
  constexpr float kToNearest = 12582912.0f;  // 1.5 * 2^23: adding it leaves no bits for a fraction
  x = vanishes ? -87.3f : x;
  const float n = (x * 1.44269504f + kToNearest) - kToNearest;
  const float r = (x - n * 0.693359375f) + n * 2.12194440e-4f;  // ln 2 in two parts, the first exact in every product
  float e = 1.0f / 5040;
  e = e * r + 1.0f / 720;
  e = e * r + 1.0f / 120;
  e = e * r + 1.0f / 24;
  e = e * r + 1.0f / 6;
  e = e * r + 0.5f;
  e = e * r + 1.0f;
  e = e * r + 1.0f;
  const int32_t bits = (static_cast<int32_t>(n) + 127) << 23;
  float power;
  std::memcpy(&power, &bits, sizeof power);
  return vanishes ? 0.0f : e * power;
}

// Distribution function and density.
struct Normal {
  float cdf;
  float density;
};

// cdf(x) = erfc(-x / sqrt 2) / 2, density(x) = exp(-x^2 / 2) / sqrt(2 pi), both within a few units in the last place for |x| < 5.
//
// erfc(a) = t P(t) exp(-a^2) with t = 1 / (1 + 0.3 a); P of degree 8 fits erfc(a) exp(a^2) / t to 2e-8 for a < 10 (minimax by reweighted
// least squares). Both functions share one exponential.
FOVEA_INLINE Normal NormalAt(float x) {
  const float a = std::fabs(x);
  const float e = ExpOfNegative(-0.5f * a * a);
  const float t = 1.0f / (1.0f + 0.212132034f * a);  // 0.3 / sqrt 2
  float p = -0.129510483f;
  p = p * t + 0.485498034f;
  p = p * t - 0.512131483f;
  p = p * t + 0.547535647f;
  p = p * t - 0.0945091318f;
  p = p * t + 0.214858176f;
  p = p * t + 0.14835898f;
  p = p * t + 0.170712014f;
  p = p * t + 0.169188227f;
  const float tail = 0.5f * t * p * e;
  return {x < 0 ? tail : 1.0f - tail, 0.398942280f * e};
}

}  // namespace fovea

#endif  // FOVEA_NATIVE_KERNELS_NORMAL_H_
