#include "runner/training/checkpoint_keeper.h"

#include <unistd.h>

#include <charconv>

#include "engine/base/check.h"
#include "runner/results/counted.h"
#include "runner/training/version.h"
#include "runner/training/settings.h"

namespace deepobs {
namespace {

constexpr std::string_view run_key = "run.";

std::filesystem::path work_folder(const RunConfig& config) {
  std::filesystem::path results = std::filesystem::absolute(config.output_dir).lexically_normal();
  if (!results.has_filename()) results = results.parent_path();
  return results += ".work";
}

std::string text_at(const CheckpointContent& content, const std::string& key) {
  const auto at = content.texts.find(key);
  return at == content.texts.end() ? "" : at->second;
}

/// "learning_rate 0.1 there, 0.2 here; train_log_interval 10 there, 5 here".
std::string differences(const CheckpointContent& content, const Run& run) {
  std::map<std::string, std::string> there;
  for (const auto& [key, value] : content.texts)
    if (key.starts_with(run_key)) there[key.substr(run_key.size())] = value;
  const auto here = what_makes_the_result(run);
  std::string list;
  const auto differ = [&](const std::string& name, const std::string* left, const std::string* right) {
    list += text(list.empty() ? "" : "; ", name, " ", left ? *left : "not known", " there, ",
                 right ? *right : "not known", " here");
  };
  for (const auto& [name, value] : here) {
    const auto other = there.find(name);
    if (other == there.end())
      differ(name, nullptr, &value);
    else if (other->second != value)
      differ(name, &other->second, &value);
  }
  for (const auto& [name, value] : there)
    if (!here.contains(name)) differ(name, &value, nullptr);
  return list;
}

}  // namespace

std::filesystem::path folder_of_checkpoints(const RunConfig& config) {
  return config.checkpoint_dir.empty() ? work_folder(config) / "checkpoints" : config.checkpoint_dir;
}

std::filesystem::path checkpoint_folder(const Run& run) {
  return run_folder(run.name("2000-01-01-00-00-00"), Layout::flat) /
         text("random_seed__", run.config.random_seed);
}

CheckpointKeeper::CheckpointKeeper(const Run& run, const DeviceInfo& device, Observer& observer,
                                   Clock::time_point begin, const LocalTime& now)
    : run_(run),
      simd_(device.simd),
      observer_(observer),
      folder_(folder_of_checkpoints(run.config), checkpoint_folder(run)),
      begin_(begin),
      written_(Clock::now()),
      start_(now) {}

void CheckpointKeeper::resume(Session& session) {
  std::vector<std::string> passed_over;
  const auto found = folder_.newest(passed_over);
  for (const auto& line : passed_over)
    observer_.warning(text("WARNING: ", line, found ? "; the run goes on from the one before" : "; the run begins anew"));
  if (!found) return;
  const std::string difference = differences(*found, run_);
  require(difference.empty(), Fault::usage, "the checkpoint in '", folder_.path().string(),
          "' is one of another configuration: ", difference,
          ". Run it as it was, or remove that folder to begin anew");
  if (const auto by = text_at(*found, "revision"); by != revision())
    observer_.warning(text("WARNING: deepobs ", by, " made the checkpoint, this is ", revision(),
                           ": the result may differ from that of a run without interruption"));
  if (const auto by = text_at(*found, "simd"); by != simd_)
    observer_.warning(text("WARNING: the checkpoint was made with ", by, " instructions, this machine has ", simd_,
                           ": the result may differ in rounding from that of a run without interruption"));
  session.resume(*found);
  start_ = {text_at(*found, "start_time"), text_at(*found, "start_utc_offset")};
  const auto seconds = text_at(*found, "total_seconds");
  std::from_chars(seconds.data(), seconds.data() + seconds.size(), earlier_seconds_);
  observer_.resumed(session.position().epoch, session.position().step);
}

double CheckpointKeeper::total_seconds() const {
  return earlier_seconds_ + std::chrono::duration<double>(Clock::now() - begin_).count();
}

void CheckpointKeeper::after_piece(Session& session) {
  if (std::chrono::duration<double>(Clock::now() - written_).count() >= run_.config.checkpoint_seconds) write(session);
}

void CheckpointKeeper::stop(Session& session) {
  if (session.position() != Position{}) write(session);
  const auto& [epoch, evaluated, step] = session.position();
  fail(Fault::resumable, "stopped after ", epoch, " of ", counted(run_.num_epochs, "epoch"),
       step > 0 ? text(" and ", counted(step, "step")) : "", "; the same command goes on from there (checkpoint in '",
       folder_.path().string(), "')");
}

void CheckpointKeeper::complete() noexcept {
  folder_.remove();
  if (!run_.config.checkpoint_dir.empty()) return;
  ::rmdir(folder_of_checkpoints(run_.config).c_str());  // both fail while others have files there
  ::rmdir(work_folder(run_.config).c_str());
}

void CheckpointKeeper::write(Session& session) {
  CheckpointContent content = session.checkpoint();
  for (const auto& [name, value] : what_makes_the_result(run_)) content.texts[std::string(run_key) + name] = value;
  content.texts["revision"] = revision();
  content.texts["simd"] = simd_;
  content.texts["start_time"] = start_.stamp;
  content.texts["start_utc_offset"] = start_.utc_offset;
  content.texts["total_seconds"] = std::to_string(total_seconds());
  folder_.write(std::move(content));
  written_ = Clock::now();
}

}  // namespace deepobs
