// Reads a result without anything that makes one: it links neither the engine nor a device.

#include <deepobs/results.h>

#include <iostream>

int main(int /*count*/, char** arguments) {
  const deepobs::ReadResult result = deepobs::read_result(arguments[1]);
  deepobs::require_full_lists(result, arguments[1]);
  std::cout << result.problem << ' ' << result.optimizer << ' ' << result.test_losses.back() << '\n';
}
