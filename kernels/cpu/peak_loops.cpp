#include "kernels/cpu/peak_loops.h"

#include "engine/base/check.h"

namespace deepobs {

namespace portable {
extern const PeakLoops peak_loops;
}
#if defined(__x86_64__)
namespace avx2 {
extern const PeakLoops peak_loops;
}
namespace avx512 {
extern const PeakLoops peak_loops;
}
#endif

const PeakLoops& peak_loops(Isa isa) {
#if defined(__x86_64__)
  if (isa == Isa::avx2) return avx2::peak_loops;
  if (isa == Isa::avx512) return avx512::peak_loops;
#endif
  require(isa == Isa::portable, Fault::usage, "the library was not compiled for ", name_of(isa));
  return portable::peak_loops;
}

}  // namespace deepobs
