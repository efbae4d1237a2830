#include "parallel.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstdlib>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>

namespace fovea {
namespace {

// One call of Parallel: threads take its tasks until none is left.
struct Job {
  Job(int64_t count, const std::function<void(int64_t)>& task) : count(count), task(task) {}

  void Work() {
    for (int64_t index = next++; index < count; index = next++) {
      task(index);
      if (++done == count) {
        const std::lock_guard<std::mutex> lock(mutex);
        finished.notify_one();
      }
    }
  }

  void Wait() {
    std::unique_lock<std::mutex> lock(mutex);
    finished.wait(lock, [this] { return done == count; });
  }

  const int64_t count;
  const std::function<void(int64_t)>& task;  // lives until Wait returns; after that no index is left to call it with
  std::atomic<int64_t> next{0};
  std::atomic<int64_t> done{0};
  std::mutex mutex;
  std::condition_variable finished;
};

class Pool {
 public:
  explicit Pool(int helpers) : helpers_(helpers) {
    for (int i = 0; i < helpers; i++) std::thread([this] { Serve(); }).detach();
  }

  void Run(int64_t count, const std::function<void(int64_t)>& task) {
    const auto job = std::make_shared<Job>(count, task);
    const int64_t invited = std::min<int64_t>(helpers_, count - 1);
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      for (int64_t i = 0; i < invited; i++) jobs_.push_back(job);
    }
    for (int64_t i = 0; i < invited; i++) waiting_.notify_one();
    job->Work();
    job->Wait();
  }

 private:
  void Serve() {
    for (;;) {
      std::shared_ptr<Job> job;
      {
        std::unique_lock<std::mutex> lock(mutex_);
        waiting_.wait(lock, [this] { return !jobs_.empty(); });
        job = std::move(jobs_.front());
        jobs_.pop_front();
      }
      job->Work();
    }
  }

  const int helpers_;
  std::mutex mutex_;
  std::condition_variable waiting_;
  std::deque<std::shared_ptr<Job>> jobs_;
};

int Threads() {
  const char* wanted = std::getenv("TF_NUM_INTRAOP_THREADS");
  const int threads = wanted == nullptr ? 0 : std::atoi(wanted);
  return threads > 0 ? threads : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

}  // namespace

void Parallel(int64_t count, const std::function<void(int64_t)>& task) {
  static Pool* const pool = new Pool(Threads() - 1);  // never deleted: its threads may outlive main
  if (count == 1) return task(0);
  pool->Run(count, task);
}

Parts::Parts(int64_t rows, int64_t least, int64_t most) : rows(rows) {
  const int64_t wanted = std::clamp<int64_t>(rows / std::max<int64_t>(least, 1), 1, most);
  size = (rows + wanted - 1) / wanted;
  count = size == 0 ? 0 : (rows + size - 1) / size;
}

}  // namespace fovea
