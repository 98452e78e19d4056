#pragma once

// The engine for programs of others (deepobs::engine): networks, ops, autodiff, optimizers, and the graphs, plans and
// devices below them.

#include <deepobs/ops.h>

#include "engine/graph/autodiff.h"
#include "engine/memory/snapshot.h"
#include "engine/run/cuda_device.h"
#include "engine/run/program.h"
#include "engine/tensor/random.h"
#include "kernels/backward.h"
#include "kernels/passes/drop_unread.h"
#include "kernels/passes/for_gpu.h"
#include "kernels/update/optimizer.h"
#include "kernels/update/step_programs.h"
#include "problems/network/network.h"
#include "problems/network/parameters_file.h"
