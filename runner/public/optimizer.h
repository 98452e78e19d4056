#pragma once

// For an optimizer of a program's own: what rules are made with, and Adam's to build on.

#include "kernels/optim/adam_rule.h"
#include "kernels/update/update_pass.h"
