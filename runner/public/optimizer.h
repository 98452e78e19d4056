#pragma once

// For an optimizer of a program's own: elementwise rules, Adam's to build on, and methods.

#include "kernels/optim/adam_rule.h"
#include "kernels/update/step_driver.h"
#include "kernels/update/step_scalars.h"
#include "kernels/update/update_pass.h"
#include "kernels/update/update_scope.h"
