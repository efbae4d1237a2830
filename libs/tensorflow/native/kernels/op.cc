#include "op.h"

#include <cstdio>
#include <cstdlib>

namespace fovea {
namespace {

void* ReadEpsilon(TF_OpKernelConstruction* construction) {
  TF_Status* status = TF_NewStatus();
  auto* epsilon = new float(0);
  TF_OpKernelConstruction_GetAttrFloat(construction, "epsilon", epsilon, status);
  if (TF_GetCode(status) != TF_OK) TF_OpKernelConstruction_Failure(construction, status);
  TF_DeleteStatus(status);
  return epsilon;
}

void DeleteEpsilon(void* epsilon) { delete static_cast<float*>(epsilon); }

// No op can run without: a library of another version, which set-up would not have linked.
void Require(TF_Status* status, const char* name) {
  if (TF_GetCode(status) == TF_OK) return;
  std::fprintf(stderr, "fovea: TensorFlow does not take the op %s: %s\n", name, TF_Message(status));
  std::abort();
}

}  // namespace

Run::~Run() {
  for (TF_Tensor* tensor : held_) TF_DeleteTensor(tensor);
  TF_DeleteStatus(status_);
}

TF_Tensor* Run::Get(int index) {
  TF_Tensor* tensor = nullptr;
  if (ok_) TF_GetInput(context_, index, &tensor, status_);
  if (ok_ && TF_GetCode(status_) != TF_OK) Fail();
  return tensor;
}

std::vector<int64_t> Run::Shape(int index) {
  std::vector<int64_t> shape;
  TF_Tensor* tensor = Get(index);
  if (tensor == nullptr) return shape;
  for (int axis = 0; axis < TF_NumDims(tensor); axis++) shape.push_back(TF_Dim(tensor, axis));
  TF_DeleteTensor(tensor);  // held, it would keep its memory from being overwritten
  return shape;
}

float* Run::Output(int index, const std::vector<int64_t>& shape, std::initializer_list<int> may_overwrite) {
  if (!ok_) return nullptr;
  TF_Tensor* output =
      TF_ForwardInputOrAllocateOutput(context_, may_overwrite.begin(), static_cast<int>(may_overwrite.size()), index,
                                      shape.data(), static_cast<int>(shape.size()), nullptr, status_);
  if (TF_GetCode(status_) != TF_OK) {
    Fail();
    return nullptr;
  }
  held_.push_back(output);
  return static_cast<float*>(TF_TensorData(output));
}

const float* Run::Input(int index) {
  TF_Tensor* tensor = Get(index);
  if (tensor == nullptr) return nullptr;
  held_.push_back(tensor);
  return static_cast<const float*>(TF_TensorData(tensor));
}

bool Run::Check(bool holds, const std::string& message) {
  if (!holds && ok_) {
    TF_SetStatus(status_, TF_INVALID_ARGUMENT, message.c_str());
    Fail();
  }
  return ok_;
}

void Run::Fail() {
  ok_ = false;
  TF_OpKernelContext_Failure(context_, status_);
}

Register::Register(const Op& op) {
  TF_Status* status = TF_NewStatus();
  TF_OpDefinitionBuilder* definition = TF_NewOpDefinitionBuilder(op.name);
  for (const char* input : op.inputs) TF_OpDefinitionBuilderAddInput(definition, (std::string(input) + ": float").c_str());
  for (const char* output : op.outputs) TF_OpDefinitionBuilderAddOutput(definition, (std::string(output) + ": float").c_str());
  if (op.has_epsilon) TF_OpDefinitionBuilderAddAttr(definition, "epsilon: float");
  TF_OpDefinitionBuilderSetShapeInferenceFunction(definition, op.shapes);
  TF_RegisterOpDefinition(definition, status);
  Require(status, op.name);
  TF_KernelBuilder* kernel = TF_NewKernelBuilder(op.name, "CPU", op.has_epsilon ? ReadEpsilon : nullptr, op.compute,
                                                 op.has_epsilon ? DeleteEpsilon : nullptr);
  TF_RegisterKernelBuilder(op.name, kernel, status);
  Require(status, op.name);
  TF_DeleteStatus(status);
}

}  // namespace fovea
