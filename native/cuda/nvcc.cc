// See nvcc.h.
#include "cuda/nvcc.h"

#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "cuda/sources.h"
#include "kernels/check.h"

extern char** environ;

namespace rationale::cuda {
namespace {

namespace fs = std::filesystem;
using kernels::Fail;

/// A folder that is gone when this is.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (fs::temp_directory_path() / "rationale-kernels-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) Fail("cannot make a temporary folder ", name);
    path_ = name;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

std::string ReadFile(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

/// Runs a program with its output in `log`; true when it exits with 0.
bool RunProgram(const std::vector<std::string>& arguments, const fs::path& log) {
  std::vector<char*> argv;
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(
      &actions, STDOUT_FILENO, log.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
  pid_t child = 0;
  const int started = posix_spawn(&child, argv[0], &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (started != 0) return false;
  int status = 0;
  while (waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) return false;
  }
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

}  // namespace

std::string FindNvcc() {
  const auto usable = [](const std::string& path) { return access(path.c_str(), X_OK) == 0; };
  if (const char* chosen = std::getenv("RATIONALE_NVCC")) return usable(chosen) ? chosen : "";
  const char* path = std::getenv("PATH");
  std::istringstream folders(path == nullptr ? "" : path);
  for (std::string folder; std::getline(folders, folder, ':');) {
    if (!folder.empty() && usable(folder + "/nvcc")) return folder + "/nvcc";
  }
  for (const char* known : {"/usr/local/cuda/bin/nvcc", "/opt/cuda/bin/nvcc"}) {
    if (usable(known)) return known;
  }
  return "";
}

std::vector<char> CompileWithNvcc(const std::string& nvcc, const std::string& path, Arch arch) {
  const TemporaryFolder folder;
  for (const SourceFile& file : EmbeddedSources()) {
    const fs::path to = folder.path() / file.path;
    fs::create_directories(to.parent_path());
    std::ofstream(to, std::ios::binary) << file.text;
  }
  const fs::path out = folder.path() / "image.cubin";
  const fs::path log = folder.path() / "nvcc.log";
  const bool done = RunProgram(
      {nvcc,
       "-cubin",
       "-arch=sm_" + std::to_string(arch),
       "-std=c++17",
       "-I",
       folder.path().string(),
       "-o",
       out.string(),
       (folder.path() / path).string()},
      log);
  if (!done) Fail(nvcc, " cannot compile ", path, " for sm_", arch, ": ", ReadFile(log));
  const std::string image = ReadFile(out);
  std::vector<char> bytes(image.begin(), image.end());
  bytes.push_back('\0');
  return bytes;
}

}  // namespace rationale::cuda
