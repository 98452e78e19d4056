#pragma once

// For the CPU bodies of a program's own ops, in files that deepobs_op_bodies() compiles once for each instruction set.

#include "kernels/cpu/cpu_body.h"
#include "kernels/cpu/loops.h"
#include "kernels/cpu/math.h"
#include "kernels/cpu/sums.h"
