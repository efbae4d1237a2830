// GELU and its gradient, one pass over memory each:
//
//     y = x cdf(x)        dx = dy (cdf(x) + x density(x))

#include "normal.h"
#include "op.h"
#include "parallel.h"

namespace fovea {
namespace {

constexpr int64_t kLeast = 1 << 14;  // elements that are worth another thread
constexpr int64_t kMost = 64;

FOVEA_FOR_EACH_CPU void Forward(const float* x, float* y, int64_t count) {
#pragma omp simd
  for (int64_t i = 0; i < count; i++) y[i] = x[i] * NormalAt(x[i]).cdf;
}

FOVEA_FOR_EACH_CPU void Backward(const float* dy, const float* x, float* dx, int64_t count) {
#pragma omp simd
  for (int64_t i = 0; i < count; i++) {
    const Normal normal = NormalAt(x[i]);
    dx[i] = dy[i] * (normal.cdf + x[i] * normal.density);
  }
}

void ComputeGelu(void*, TF_OpKernelContext* context) {
  Run run(context);
  const std::vector<int64_t> shape = run.Shape(0);
  float* y = run.Output(0, shape, {0});
  const float* x = run.Input(0);
  if (!run.ok()) return;
  const Parts parts(SizeOf(shape), kLeast, kMost);
  Parallel(parts.count, [&](int64_t part) {
    const int64_t begin = parts.Begin(part);
    Forward(x + begin, y + begin, parts.End(part) - begin);
  });
}

void ComputeGeluGrad(void*, TF_OpKernelContext* context) {
  Run run(context);
  const std::vector<int64_t> shape = run.Shape(1);
  if (!run.Check(run.Shape(0) == shape, "FoveaGeluGrad: dy and x differ in shape.")) return;
  float* dx = run.Output(0, shape, {0, 1});
  const float* dy = run.Input(0);
  const float* x = run.Input(1);
  if (!run.ok()) return;
  const Parts parts(SizeOf(shape), kLeast, kMost);
  Parallel(parts.count, [&](int64_t part) {
    const int64_t begin = parts.Begin(part);
    Backward(dy + begin, x + begin, dx + begin, parts.End(part) - begin);
  });
}

const Register gelu({"FoveaGelu", {"x"}, {"y"}, ShapesOf<0>, ComputeGelu});
const Register gelu_grad({"FoveaGeluGrad", {"dy", "x"}, {"dx"}, ShapesOf<1>, ComputeGeluGrad});

}  // namespace
}  // namespace fovea
