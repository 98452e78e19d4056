#pragma once

// The test problems, their runner and the command line, for programs of others (deepobs::runner).

#include "problems/data/formats/text_format.h"
#include "problems/feeds/windows.h"
#include "problems/models/networks.h"
#include "runner/cli/command_line.h"
#include "runner/results/json/json_reader.h"
#include "runner/training/standard_runner.h"
