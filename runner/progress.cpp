#include "runner/progress.h"

#include <cmath>
#include <iomanip>
#include <ostream>
#include <sstream>

#include "engine/check.h"

namespace deepobs {
namespace {

using namespace std::chrono_literals;

double seconds(std::chrono::steady_clock::duration time) { return std::chrono::duration<double>(time).count(); }

/// "0:07", "1:02:05".
std::string clock_text(double s) {
  if (!std::isfinite(s) || s < 0 || s > 1e7) return "?";
  const auto all = static_cast<long>(s + 0.5);
  std::ostringstream out;
  out << std::setfill('0');
  if (all >= 3600)
    out << all / 3600 << ':' << std::setw(2) << all / 60 % 60;
  else
    out << all / 60;
  out << ':' << std::setw(2) << all % 60;
  return out.str();
}

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
  clear();
  live_ << line << std::endl;
}

void Progress::started(const Start& start) {
  const Run& run = start.run;
  run_start_ = shown_ = Clock::now();
  out_ << run.problem->name << " with " << run.optimizer.name << ", batch " << run.batch_size << ", " << run.num_epochs
       << " epochs of " << start.steps_per_epoch << " steps, seed " << run.config.random_seed << '\n'
       << start.parameters << " parameters; " << run.config.device << ", " << start.threads
       << (start.threads == 1 ? " thread, " : " threads, ") << start.simd << "\n\n"
       << " epoch  train loss" << (run.problem->has_accuracy ? "  train acc" : "") << "   test loss"
       << (run.problem->has_accuracy ? "   test acc" : "") << "  learning rate     time" << std::endl;
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
  clear();
  out_ << row_ << std::endl;
}

void Progress::learning_rate_set(double rate) { rate_ = rate; }

void Progress::stepped(const Step& step) {
  ++steps_done_;
  ++steps_since_shown_;
  const auto now = Clock::now();
  const auto pause = style_.live_is_terminal ? Clock::duration(150ms) : Clock::duration(30s);
  if (now - shown_ < pause) return;
  steps_per_second_ = static_cast<double>(steps_since_shown_) / seconds(now - shown_);
  steps_since_shown_ = 0;
  shown_ = now;
  // What evaluations take is in the average over the whole run.
  const double average = static_cast<double>(steps_done_) / seconds(now - run_start_);
  const auto left = static_cast<double>(epochs_ * step.steps_per_epoch - steps_done_);
  show(text("epoch ", step.epoch + 1, "/", epochs_, "  step ", step.step + 1, "/", step.steps_per_epoch, "  loss ",
            loss_text(step.objective()), "  ",
            fixed(steps_per_second_ * static_cast<double>(step.examples_per_step), 0), " examples/s  ",
            clock_text(left / average), " left"));
}

void Progress::logged(std::int64_t epoch, std::int64_t step, double loss) {
  clear();
  out_ << "Epoch " << epoch << ", step " << step << ": loss " << (std::isnan(loss) ? "nan" : text(loss)) << std::endl;
}

void Progress::diverged(std::int64_t epoch, std::int64_t step, const std::string& first_bad_tensor) {
  clear();
  out_ << "diverged in epoch " << epoch << " at step " << step << ": " << first_bad_tensor
       << " is not finite; the remaining epochs count as no progress" << std::endl;
}

void Progress::show(const std::string& line) {
  if (!style_.live_is_terminal) {
    live_ << line << std::endl;
    return;
  }
  // One column stays free: a full line would wrap on some terminals.
  const auto width = static_cast<std::size_t>(style_.columns > 1 ? style_.columns - 1 : 1);
  live_ << '\r' << line.substr(0, width) << std::string(line.size() < width ? width - line.size() : 0, ' ')
        << std::flush;
  line_is_shown_ = true;
}

void Progress::clear() {
  if (!line_is_shown_) return;
  live_ << '\r' << std::string(static_cast<std::size_t>(style_.columns > 1 ? style_.columns - 1 : 1), ' ') << '\r'
        << std::flush;
  line_is_shown_ = false;
}

}  // namespace deepobs
