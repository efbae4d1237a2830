// TensorFlow's C interface for ops and kernels, as far as ours need it: float32 tensors on the CPU.

#ifndef FOVEA_NATIVE_KERNELS_OP_H_
#define FOVEA_NATIVE_KERNELS_OP_H_

#include <cstdint>
#include <initializer_list>
#include <string>
#include <vector>

// Without the rendezvous of distributed runs, whose headers set-up leaves out.
#define IS_SLIM_BUILD
#include "tensorflow/c/kernels.h"
#include "tensorflow/c/ops.h"

// Loops compiled for several generations of x86-64 and chosen when the library loads: it may lie on a disk that many machines share.
#if defined(__x86_64__) && defined(__linux__) && defined(__GNUC__)
#define FOVEA_FOR_EACH_CPU __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define FOVEA_FOR_EACH_CPU
#endif

// Into each caller's own vector instructions.
#define FOVEA_INLINE __attribute__((always_inline)) inline

namespace fovea {

// One run of a kernel.
class Run {
 public:
  explicit Run(TF_OpKernelContext* context) : context_(context), status_(TF_NewStatus()) {}
  ~Run();
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;

  std::vector<int64_t> Shape(int index);

  // Memory of an output; that of an input which `may_overwrite` names where nobody else reads it, so call this before Input.
  float* Output(int index, const std::vector<int64_t>& shape, std::initializer_list<int> may_overwrite = {});

  // Values of an input, until the run ends.
  const float* Input(int index);

  // Fails the run unless `holds`; returns it.
  bool Check(bool holds, const std::string& message);
  // False once anything has failed: the kernel should return.
  bool ok() const { return ok_; }

 private:
  TF_Tensor* Get(int index);
  void Fail();

  TF_OpKernelContext* context_;
  TF_Status* status_;
  std::vector<TF_Tensor*> held_;
  bool ok_ = true;
};

// An op and its kernel.
struct Op {
  const char* name;
  std::vector<const char*> inputs;
  std::vector<const char*> outputs;
  void (*shapes)(TF_ShapeInferenceContext*, TF_Status*);
  void (*compute)(void* epsilon, TF_OpKernelContext*);
  // Whether it has the attribute `epsilon`, which `compute` gets as a float*.
  bool has_epsilon = false;
};

// Tells TensorFlow of an op when the library loads.
struct Register {
  explicit Register(const Op& op);
};

inline int64_t SizeOf(const std::vector<int64_t>& shape) {
  int64_t size = 1;
  for (const int64_t length : shape) size *= length;
  return size;
}

// Shapes of outputs: output i has that of input inputs[i].
template <int... inputs>
void ShapesOf(TF_ShapeInferenceContext* context, TF_Status* status) {
  TF_ShapeHandle* shape = TF_NewShapeHandle();
  int output = 0;
  for (const int input : {inputs...}) {
    TF_ShapeInferenceContextGetInput(context, input, shape, status);
    if (TF_GetCode(status) == TF_OK) TF_ShapeInferenceContextSetOutput(context, output++, shape, status);
    if (TF_GetCode(status) != TF_OK) break;
  }
  TF_DeleteShapeHandle(shape);
}

}  // namespace fovea

#endif  // FOVEA_NATIVE_KERNELS_OP_H_
