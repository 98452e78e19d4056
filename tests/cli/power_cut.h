#pragma once

namespace deepobs::test {

/// Cuts the power of a run that keeps checkpoints at `times` random instants, each time with another selection of what
/// had not been brought to the disk, and checks what is left: every result in place is complete, no folder of results
/// is empty, a result that the program has told of is there, and the same command ends with the bytes of a run that
/// nothing interrupts and leaves no checkpoint. False where strace may not record the run's system calls.
bool recovers_from_power_cuts(int times);

}  // namespace deepobs::test
