#include "runner/training/records/checkpoint_keeper.h"

#include <unistd.h>

#include <charconv>

#include "engine/base/check.h"
#include "runner/results/caught.h"
#include "runner/results/files/publish.h"
#include "runner/results/run_path.h"
#include "runner/results/text/counted.h"
#include "runner/training/config/run_identity.h"
#include "runner/training/records/version.h"

namespace deepobs {
namespace {

constexpr std::string_view run_key = "run.";

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

/// Where the checkpoints of all runs with this configuration's output lie.
std::filesystem::path folder_of_checkpoints(const RunConfig& config) {
  return config.checkpoint_dir.empty() ? work_folder(config.output_dir) / "checkpoints" : config.checkpoint_dir;
}

/// A run's own folder below it, named as its results are: problem/optimizer/setting/random_seed__42.
std::filesystem::path checkpoint_folder(const Run& run) {
  return run_folder(run.name("2000-01-01-00-00-00"), Layout::flat) / seed_name(run.config.random_seed);
}

}  // namespace

CheckpointKeeper::CheckpointKeeper(const Run& run, Observer& observer, Clock::time_point begin, const LocalTime& now)
    : run_(run),
      observer_(observer),
      folder_(folder_of_checkpoints(run.config), checkpoint_folder(run)),
      begin_(begin),
      written_(Clock::now()),
      start_(now) {}

void CheckpointKeeper::resume(Session& session) {
  const std::string& simd = session.result().device.simd;
  std::vector<std::string> passed_over;
  const auto found = folder_.newest(passed_over);
  for (const auto& line : passed_over)
    observer_.warning(
        text("WARNING: ", line, found ? "; the run goes on from the one before" : "; the run begins anew"));
  if (!found) return;
  const std::string difference = differences(*found, run_);
  require(difference.empty(), Fault::usage, "the checkpoint in '", folder_.path().string(),
          "' is one of another configuration: ", difference, ". Run it as it was, or remove that folder to begin anew");
  if (const auto by = found->text("revision"); by != revision())
    observer_.warning(text("WARNING: deepobs ", by, " made the checkpoint, this is ", revision(),
                           ": the result may differ from that of a run without interruption"));
  if (const auto by = found->text("simd"); by != simd)
    observer_.warning(text("WARNING: the checkpoint was made with ", by, " instructions, this machine has ", simd,
                           ": the result may differ in rounding from that of a run without interruption"));
  session.resume(*found);
  start_ = {std::string(found->text("start_time")), std::string(found->text("start_utc_offset"))};
  const auto seconds = found->text("total_seconds");
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
  caught([&] {
    ::rmdir(folder_of_checkpoints(run_.config).c_str());  // both fail while others have files there
    ::rmdir(work_folder(run_.config.output_dir).c_str());
  });
}

void CheckpointKeeper::write(Session& session) {
  CheckpointContent content = session.checkpoint();
  for (const auto& [name, value] : what_makes_the_result(run_)) content.texts[std::string(run_key) + name] = value;
  content.texts["revision"] = revision();
  content.texts["simd"] = session.result().device.simd;
  content.texts["start_time"] = start_.stamp;
  content.texts["start_utc_offset"] = start_.utc_offset;
  content.texts["total_seconds"] = std::to_string(total_seconds());
  folder_.write(std::move(content));
  written_ = Clock::now();
}

}  // namespace deepobs
