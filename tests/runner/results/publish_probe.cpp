// Publishes one result, for publish_faults.sh, which lets the system calls of this program fail one by one.
//   publish_probe RESULTS        publishes, prints the path
//   publish_probe --try RESULTS  tries whether it could
//   publish_probe --print        prints the bytes that it publishes

#include <cstdio>
#include <string>

#include "engine/base/check.h"
#include "runner/results/files/publish.h"

namespace {

// Like a result: a JSON object, larger than a page. A torn copy of it differs from it.
std::string content() {
  std::string out = "{\"train_losses\": [0";
  for (int i = 1; i < 5000; ++i) out += ", " + std::to_string(i);
  return out + "]}\n";
}

}  // namespace

int main(int count, char** arguments) {
  const std::string bytes = content(), argument = count > 1 ? arguments[1] : "";
  const bool only_try = count == 3 && argument == "--try";
  if (count != 2 && !only_try) {
    std::fputs("usage: publish_probe [--try] RESULTS | --print\n", stderr);
    return 64;
  }
  if (argument == "--print") return std::fwrite(bytes.data(), 1, bytes.size(), stdout) == bytes.size() ? 0 : 74;
  try {
    if (only_try) {
      deepobs::check_publishable(arguments[2], "problem/optimizer/setting");
      return std::puts("it can") >= 0 && std::fflush(stdout) == 0 ? 0 : 74;
    }
    const auto path = deepobs::publish(
        argument, "problem/optimizer/setting", [](int attempt) { return "run" + std::to_string(attempt) + ".json"; },
        bytes);
    return std::printf("published %s\n", path.c_str()) > 0 && std::fflush(stdout) == 0 ? 0 : 74;
  } catch (const deepobs::Error& error) {
    std::fprintf(stderr, "failed: %s\n", error.what());
    return error.fault() == deepobs::Fault::io ? 74 : 70;
  }
}
