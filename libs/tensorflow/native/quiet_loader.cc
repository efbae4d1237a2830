// The addon that Node loads as tfjs_binding.node: it loads the real binding, tfjs_binding_impl.node beside it, with stderr closed, and then
// Fovea's own kernels, fovea_kernels.so, which register themselves with libtensorflow.
//
// libtensorflow 2.21 writes two lines to stderr from a static initialiser, before any log level is read. They would open every
// program's output, and a notebook's first cell. TF_CPP_MIN_LOG_LEVEL=0 keeps them.

#include <dlfcn.h>
#include <fcntl.h>
#include <node_api.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

namespace {

constexpr char kBinding[] = "tfjs_binding_impl.node";
constexpr char kKernels[] = "fovea_kernels.so";

using Register = napi_value (*)(napi_env, napi_value);

// Points stderr at /dev/null while it lives.
class Silence {
 public:
  Silence() {
    const char* level = std::getenv("TF_CPP_MIN_LOG_LEVEL");
    if (level == nullptr || level[0] == '0') return;
    saved_ = dup(STDERR_FILENO);
    const int sink = open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (saved_ >= 0 && sink >= 0) dup2(sink, STDERR_FILENO);
    if (sink >= 0) close(sink);
  }
  ~Silence() {
    if (saved_ < 0) return;
    dup2(saved_, STDERR_FILENO);
    close(saved_);
  }

 private:
  int saved_ = -1;
};

std::string Beside(const char* name) {
  Dl_info info;
  if (dladdr(reinterpret_cast<void*>(&Beside), &info) == 0) return "";
  const std::string own = info.dli_fname;
  return own.substr(0, own.rfind('/') + 1) + name;
}

napi_value Refuse(napi_env env, const char* name) {
  const char* reason = dlerror();
  napi_throw_error(env, "ERR_DLOPEN_FAILED", reason == nullptr ? (std::string(name) + " did not load").c_str() : reason);
  return nullptr;
}

napi_value Load(napi_env env, napi_value exports) {
  const Silence silence;
  void* library = dlopen(Beside(kBinding).c_str(), RTLD_LAZY | RTLD_LOCAL);
  void* symbol = library == nullptr ? nullptr : dlsym(library, "napi_register_module_v1");
  if (symbol == nullptr) return Refuse(env, kBinding);
  if (dlopen(Beside(kKernels).c_str(), RTLD_NOW | RTLD_LOCAL) == nullptr) return Refuse(env, kKernels);
  napi_value binding = reinterpret_cast<Register>(symbol)(env, exports);
  napi_value yes;
  if (binding != nullptr && napi_get_boolean(env, true, &yes) == napi_ok) {
    napi_set_named_property(env, binding, "foveaKernels", yes);
  }
  return binding;
}

}  // namespace

NAPI_MODULE(tfjs_binding, Load)
