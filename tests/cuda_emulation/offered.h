#pragma once

namespace deepobs_emulation {

/// What deepobs_emulate("convolutions", ...) changes: which of cuDNN's ways are offered, a sum of these.
enum Offered : long {
  algorithms_nhwc = 1,  ///< without a change these alone
  algorithms_nchw = 2,
  graphs_nhwc = 4,
  graphs_nchw = 8,
  only_whole_packs = 16,  ///< nothing for channels that do not fill 16 bytes
  no_whole_packs = 64,    ///< nothing for channels that do
  bad_engines = 32,       ///< beside others that compute too little, too inexactly, or not at all, and would be faster
};

}  // namespace deepobs_emulation
