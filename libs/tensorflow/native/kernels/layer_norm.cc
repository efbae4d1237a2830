// Layer norm over the last axis and its gradient, one pass over memory each: a row stays in the cache while it is read again.
//
//     y  = gamma xhat + beta,  xhat = (x - mean) s,  s = 1 / sqrt(variance + epsilon), mean and biased variance of the row
//     dx = s (g - m(g) - xhat m(g xhat)),  g = gamma dy,  m the mean of the row
//     dgamma = sum of dy xhat,  dbeta = sum of dy, over rows

#include <algorithm>
#include <cmath>

#include "op.h"
#include "parallel.h"

namespace fovea {
namespace {

constexpr int64_t kLeast = 1 << 14;  // elements that are worth another thread
constexpr int64_t kMost = 64;

struct Row {
  float mean;
  float scale;
};

FOVEA_INLINE Row Statistics(const float* x, int64_t size, float epsilon) {
  float sum = 0;
#pragma omp simd reduction(+ : sum)
  for (int64_t i = 0; i < size; i++) sum += x[i];
  const float mean = sum / size;
  float squares = 0;
#pragma omp simd reduction(+ : squares)
  for (int64_t i = 0; i < size; i++) squares += (x[i] - mean) * (x[i] - mean);
  return {mean, 1.0f / std::sqrt(squares / size + epsilon)};
}

FOVEA_FOR_EACH_CPU void Forward(const float* x, const float* gamma, const float* beta, float epsilon, int64_t rows, int64_t size,
                                float* y) {
  for (int64_t row = 0; row < rows; row++, x += size, y += size) {
    const Row at = Statistics(x, size, epsilon);
#pragma omp simd
    for (int64_t i = 0; i < size; i++) y[i] = (x[i] - at.mean) * at.scale * gamma[i] + beta[i];
  }
}

// dgamma and dbeta are added to.
FOVEA_FOR_EACH_CPU void Backward(const float* dy, const float* x, const float* gamma, float epsilon, int64_t rows, int64_t size,
                                 float* dx, float* dgamma, float* dbeta) {
  for (int64_t row = 0; row < rows; row++, dy += size, x += size, dx += size) {
    const Row at = Statistics(x, size, epsilon);
    float sum = 0;
    float along = 0;
#pragma omp simd reduction(+ : sum, along)
    for (int64_t i = 0; i < size; i++) {
      const float xhat = (x[i] - at.mean) * at.scale;
      const float g = gamma[i] * dy[i];
      dgamma[i] += dy[i] * xhat;
      dbeta[i] += dy[i];
      sum += g;
      along += g * xhat;
    }
    sum /= size;
    along /= size;
#pragma omp simd
    for (int64_t i = 0; i < size; i++) {
      const float xhat = (x[i] - at.mean) * at.scale;
      dx[i] = at.scale * (gamma[i] * dy[i] - sum - xhat * along);
    }
  }
}

// Rows and size of the last axis.
struct Sizes {
  explicit Sizes(const std::vector<int64_t>& shape) : size(shape.empty() ? 1 : shape.back()) {
    rows = size == 0 ? 0 : SizeOf(shape) / size;
  }
  Parts InParts() const { return Parts(rows, (kLeast + size - 1) / std::max<int64_t>(size, 1), kMost); }
  int64_t size;
  int64_t rows;
};

void ComputeLayerNorm(void* epsilon, TF_OpKernelContext* context) {
  Run run(context);
  const std::vector<int64_t> shape = run.Shape(0);
  const Sizes sizes(shape);
  const std::vector<int64_t> last{sizes.size};
  if (!run.Check(run.Shape(1) == last && run.Shape(2) == last, "FoveaLayerNorm: gamma and beta must have the last axis' size.")) {
    return;
  }
  float* y = run.Output(0, shape, {0});
  const float* x = run.Input(0);
  const float* gamma = run.Input(1);
  const float* beta = run.Input(2);
  if (!run.ok()) return;
  const Parts parts = sizes.InParts();
  Parallel(parts.count, [&](int64_t part) {
    const int64_t at = parts.Begin(part) * sizes.size;
    Forward(x + at, gamma, beta, *static_cast<float*>(epsilon), parts.End(part) - parts.Begin(part), sizes.size, y + at);
  });
}

void ComputeLayerNormGrad(void* epsilon, TF_OpKernelContext* context) {
  Run run(context);
  const std::vector<int64_t> shape = run.Shape(1);
  const Sizes sizes(shape);
  const std::vector<int64_t> last{sizes.size};
  if (!run.Check(run.Shape(0) == shape && run.Shape(2) == last,
                 "FoveaLayerNormGrad: dy must have x's shape, gamma the last axis' size.")) {
    return;
  }
  float* dx = run.Output(0, shape, {0, 1});
  float* dgamma = run.Output(1, last);
  float* dbeta = run.Output(2, last);
  const float* dy = run.Input(0);
  const float* x = run.Input(1);
  const float* gamma = run.Input(2);
  if (!run.ok()) return;
  const Parts parts = sizes.InParts();
  std::vector<float> sums(2 * parts.count * sizes.size);  // a part's own dgamma and dbeta
  Parallel(parts.count, [&](int64_t part) {
    const int64_t at = parts.Begin(part) * sizes.size;
    float* own = sums.data() + 2 * part * sizes.size;
    Backward(dy + at, x + at, gamma, *static_cast<float*>(epsilon), parts.End(part) - parts.Begin(part), sizes.size, dx + at, own,
             own + sizes.size);
  });
  for (int64_t i = 0; i < sizes.size; i++) {
    dgamma[i] = dbeta[i] = 0;
    for (int64_t part = 0; part < parts.count; part++) {
      dgamma[i] += sums[2 * part * sizes.size + i];
      dbeta[i] += sums[(2 * part + 1) * sizes.size + i];
    }
  }
}

const Register layer_norm({"FoveaLayerNorm", {"x", "gamma", "beta"}, {"y"}, ShapesOf<0>, ComputeLayerNorm, true});
const Register layer_norm_grad(
    {"FoveaLayerNormGrad", {"dy", "x", "gamma"}, {"dx", "dgamma", "dbeta"}, ShapesOf<1, 2, 2>, ComputeLayerNormGrad, true});

}  // namespace
}  // namespace fovea
