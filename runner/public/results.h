#pragma once

// Results and files of parameters, for programs that read or write them and train nothing (deepobs::results).

#include "runner/results/files/safetensors.h"
#include "runner/results/json/json_reader.h"
