#pragma once

#include <string>
#include <vector>

#include "tests/cli/workplace.h"

namespace deepobs::test {

// Runs that are interrupted and go on, in a Workplace.

/// A run in epochs of 8 steps, with so few parameters that a checkpoint behind each piece costs little.
std::vector<std::string> run_of(const std::string& epochs, const std::vector<std::string>& more = {});

/// `words`, which begins where an earlier process left it and keeps a checkpoint behind each piece.
std::vector<std::string> resumed(std::vector<std::string> words, const std::vector<std::string>& more = {});

/// The same of run_of().
std::vector<std::string> resumed(const std::string& epochs, const std::vector<std::string>& more = {});

std::vector<std::string> results_in(const Workplace& place);

/// The bytes of the one result in the place, but for times, time zone and threads.
std::string result_in(const Workplace& place);

/// Those of a run that nobody interrupts.
std::string uninterrupted(const std::vector<std::string>& words);

/// Nothing is left but results: no checkpoint, no folder for them.
void check_clean(const Workplace& place);

/// Leaves two checkpoints of a run that is not done.
void leave_checkpoint(const Workplace& place, const std::vector<std::string>& words);

/// The checkpoint files, the newest first.
std::vector<std::filesystem::path> checkpoints_in(const Workplace& place);

struct Kills {
  std::vector<std::string> words;  ///< of the run
  int rounds;                      ///< runs to bring to their end
  double first_limit_ms;           ///< the first process of a run lives so long at most; later ones live longer
};

/// Kills a run at random instants, begins it again, each time with another number of threads, in another current
/// folder, time zone, locale and umask, until it is done, and checks that its bytes are those of one that nobody
/// interrupts. Returns the number of kills.
int kill_and_resume(const Kills& kills);

}  // namespace deepobs::test
