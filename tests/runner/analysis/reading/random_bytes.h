#pragma once

#include <cstdint>
#include <string>

#include "runner/results/json/json_reader.h"

namespace deepobs::test {

/// A diverged run with all that deepobs' files have, in the flat keys; and a run in those of DeepOBS 1.2.
extern const std::string ours, nested;

/// Checks that two readers have read the same. NaN is equal to itself.
void check_equal(const ReadResult& a, const ReadResult& b);

/// Changes the two at random in `rounds` ways, and checks that BulkReader reads what comes of it as the strict reader
/// does, or leaves it to it. Returns how many it read.
int read_random_bytes(int rounds, std::uint64_t seed);

}  // namespace deepobs::test
