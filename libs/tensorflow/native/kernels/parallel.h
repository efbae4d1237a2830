// Threads that the kernels share: TF_NUM_INTRAOP_THREADS of them, else one a core.

#ifndef FOVEA_NATIVE_KERNELS_PARALLEL_H_
#define FOVEA_NATIVE_KERNELS_PARALLEL_H_

#include <cstdint>
#include <functional>

namespace fovea {

// Calls task(0) ... task(count - 1), the caller's thread among those that do, and returns once all have returned.
// What belongs to which task must not depend on the number of threads: then neither do the bits of the result.
void Parallel(int64_t count, const std::function<void(int64_t)>& task);

// Parts of `rows` rows, of one size but the last; at most `most`, and none smaller than `least` rows unless there is only one.
struct Parts {
  Parts(int64_t rows, int64_t least, int64_t most);
  int64_t Begin(int64_t part) const { return part * size; }
  int64_t End(int64_t part) const { return part + 1 == count ? rows : (part + 1) * size; }

  int64_t rows;
  int64_t size;
  int64_t count;
};

}  // namespace fovea

#endif  // FOVEA_NATIVE_KERNELS_PARALLEL_H_
