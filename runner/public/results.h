#pragma once

// Results and files of parameters, for programs that read or write them and train nothing (deepobs::results).

#include "runner/results/json_reader.h"
#include "runner/results/safetensors.h"
