#include "runner/cli/terminal/progress.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cmath>
#include <cstdlib>
#include <iomanip>
#include <ostream>
#include <sstream>
#include <string_view>

#include "engine/base/check.h"
#include "engine/base/printable.h"
#include "runner/results/text/counted.h"

namespace deepobs {
namespace {

double seconds(std::chrono::steady_clock::duration time) { return std::chrono::duration<double>(time).count(); }

std::string fixed(double value, int digits) {
  std::ostringstream out;
  out << std::fixed << std::setprecision(digits) << value;
  return out.str();
}

/// Short enough for a table, whatever the size.
std::string loss_text(double loss) {
  std::ostringstream out;
  if (std::isfinite(loss) && loss != 0 && (std::abs(loss) >= 1e6 || std::abs(loss) < 1e-4))
    out << std::scientific << std::setprecision(3) << loss;
  else
    out << std::fixed << std::setprecision(5) << loss;
  return out.str();
}

std::string right(const std::string& text, std::size_t width) {
  return text.size() >= width ? " " + text : std::string(width - text.size(), ' ') + text;
}

}  // namespace

void Progress::warning(const std::string& line) {
  live_.clear();
  live_.stream() << printable(line) << std::endl;
}

void Progress::started(const Start& start) {
  const Run& run = start.run;
  run_start_ = shown_ = Clock::now();
  out_ << run.problem->name << " with " << run.optimizer->name << ", batch " << run.batch_size << ", "
       << counted(run.num_epochs, "epoch") << " of " << counted(start.steps_per_epoch, "step") << ", seed "
       << run.config.random_seed << '\n'
       << start.parameters << " parameters; " << start.device << "\n\n"
       << " epoch";
  const auto columns = [&](const char* part) {
    out_ << right(text(part, " loss"), 12) << (start.has_accuracy ? right(text(part, " acc"), 11) : "");
  };
  columns("train");
  if (run.config.validation) columns("valid");
  columns("test");
  out_ << "  learning rate     time" << std::endl;
}

void Progress::resumed(std::int64_t epoch, std::int64_t step) {
  out_ << "goes on from a checkpoint: " << counted(epoch, "epoch") << " and " << counted(step, "step") << " are done"
       << std::endl;
}

void Progress::evaluating(std::int64_t epoch, std::int64_t epochs) {
  epoch_ = epoch;
  epochs_ = epochs;
  row_ = right(std::to_string(epoch), 6);
}

void Progress::evaluated(Phase phase, double loss, double accuracy, bool has_accuracy) {
  row_ += right(loss_text(loss), 12);
  if (has_accuracy) row_ += right(fixed(accuracy, 4), 11);
  if (phase != Phase::test) return;
  row_ += right(epoch_ > 0 ? text(rate_) : "", 15) + right(clock_text(seconds(Clock::now() - run_start_)), 9);
  live_.clear();
  out_ << row_ << std::endl;
}

void Progress::learning_rate_set(double rate) { rate_ = rate; }

void Progress::stepped(const Step& step) {
  ++steps_done_;
  ++steps_since_shown_;
  const auto now = Clock::now();
  if (now - shown_ < live_.pause()) return;
  steps_per_second_ = static_cast<double>(steps_since_shown_) / seconds(now - shown_);
  steps_since_shown_ = 0;
  shown_ = now;
  // What evaluations take is in the average over the whole run.
  const double average = static_cast<double>(steps_done_) / seconds(now - run_start_);
  const auto left = static_cast<double>(epochs_ * step.steps_per_epoch - steps_done_);
  live_.show(text("epoch ", step.epoch + 1, "/", epochs_, "  step ", step.step + 1, "/", step.steps_per_epoch,
                  "  loss ", loss_text(step.objective()), "  ",
                  fixed(steps_per_second_ * static_cast<double>(step.examples_per_step), 0), " examples/s  ",
                  clock_text(left / average), " left"));
}

void Progress::logged(std::int64_t epoch, std::int64_t step, double loss) {
  live_.clear();
  out_ << "Epoch " << epoch << ", step " << step << ": loss " << (std::isnan(loss) ? "nan" : text(loss)) << std::endl;
}

void Progress::diverged(std::int64_t epoch, std::int64_t step, const std::string& first_bad_tensor) {
  live_.clear();
  out_ << "diverged in epoch " << epoch << " at step " << step << ": " << first_bad_tensor
       << " is not finite; the remaining epochs count as no progress" << std::endl;
}

LiveLine::Style style_of_stderr() { return style_of(STDERR_FILENO); }

LiveLine::Style style_of(int descriptor) {
  LiveLine::Style style;
  const char* term = std::getenv("TERM");
  style.is_terminal = isatty(descriptor) == 1 && term != nullptr && std::string_view(term) != "dumb";
  winsize size{};
  if (style.is_terminal && ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) style.columns = size.ws_col;
  return style;
}

}  // namespace deepobs
