#pragma once

// What finished results say, for programs that analyse them and train nothing (deepobs::analysis).

#include "runner/analysis/analysis.h"
#include "runner/analysis/classic/performance_table.h"
#include "runner/analysis/classic/runtime.h"
#include "runner/analysis/classic/sensitivity.h"
#include "runner/analysis/output/analysis_csv.h"
#include "runner/analysis/output/analysis_json.h"
#include "runner/analysis/output/analysis_text.h"
#include "runner/analysis/output/performance_latex.h"
