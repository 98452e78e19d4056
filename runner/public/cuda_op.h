#pragma once

// For the bodies of a program's own ops for GPUs, in files that deepobs_op_bodies() compiles as CUDA.

#include "kernels/cuda/own_body.h"
