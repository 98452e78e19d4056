#include "runner/cli/commands/dry_run.h"

#include <map>
#include <memory>
#include <optional>
#include <ostream>
#include <set>

#include "engine/base/check.h"
#include "engine/base/printable.h"
#include "problems/data/dataset_status.h"
#include "problems/data/locate.h"
#include "problems/network/parameters_file.h"
#include "runner/results/caught.h"
#include "runner/results/text/local_time.h"
#include "runner/training/config/run_identity.h"
#include "runner/training/config/settings.h"
#include "runner/training/recorded_model.h"
#include "runner/training/records/data_warnings.h"
#include "runner/training/records/deepobs_json.h"
#include "runner/training/records/outputs.h"
#include "runner/training/stream/stream_size.h"
#include "runner/training/training_graphs.h"

namespace deepobs {
namespace {

std::string json_path(const Run& run) {
  if (run.config.no_logs) return "";
  const RunName name = run.name(local_time_stamp());
  return (run.config.output_dir / run_folder(name, run.config.layout) / run_file(name)).string();
}

/// Whether a setting is worth a line: the run's numbers are, and whatever is not as it would be by itself.
bool is_shown(const Setting& setting, const Run& run) {
  static const RunConfig untouched;
  return !setting.option.spellings.empty() && says_something(value_in(run, setting)) &&
         (setting.in_result != InResult::nowhere || setting.get(run.config) != setting.get(untouched));
}

void print_configuration(const Run& run, const DatasetStatus& data, std::ostream& out) {
  const auto line = [&](std::string_view key, const std::string& value, const std::string& note = "") {
    out << key << std::string(key.size() < 24 ? 24 - key.size() : 1, ' ') << printable(value)
        << (note.empty() ? "" : " (" + note + ")") << '\n';
  };
  for (const Setting& setting : settings()) {
    if (is_shown(setting, run))
      line(option_name(setting), to_string(value_in(run, setting)), setting.note ? setting.note(run) : "");
    if (setting.name == "optimizer")
      for (const auto& [name, value] : run.hyperparameters.values()) line("  " + name, to_string(value));
  }
  for (const auto& [name, version] : versions_of(run))
    if (!version.empty()) line(name, version);
  line("data", data.folder.empty() ? std::string(name_of(data.state))
                                   : text(data.folder.string(), " (", name_of(data.state), ", by headers and sizes)"));
  if (run.data_set->is_streamed()) {
    const StreamSize size = stream_size(run, run.data_set->columns);
    line("stream", text(size.batches_ahead, " mini-batches read ahead and ", size.batches_ring, " on the device, of ",
                        size.batch_bytes, " bytes each"));
  }
  line("json", run.config.no_logs ? "none (no_logs)" : json_path(run));
}

/// What would stop the runs beside the data, found as they would find it.
class Checks {
 public:
  /// Errors: usage, missing, data, io.
  void check(const Run& run, const DatasetStatus& data) {
    Dataset described;
    described.name = data.name;
    described.streamed = run.data_set->is_streamed();
    described.train.count = data.train_samples;
    described.test.count = data.test_samples;
    described.valid.count = data.valid_samples;
    check_batches(run, described);
    // The runs have one file; it must fit the model of each problem.
    if (!run.config.init_from.empty() && fitting_.insert(run.problem->name).second)
      read_parameters(run.config.init_from, RecordedModel(*run.problem, *run.data_set).store);
  }

  /// Errors: missing, for a GPU that cannot be used.
  void check_device(const Run& run) {
    if (run.config.device == "cpu" || device_) return;
    device_ = make_device(run.device(), {.threads = 1});
  }

 private:
  std::unique_ptr<Device> device_;
  std::set<std::string> fitting_;
};

/// Every line two spaces further in, as an element of an array.
std::string shifted(const std::string& json) {
  std::string out = "  ";
  for (const char c : json) out += c == '\n' ? "\n  " : std::string(1, c);
  return out;
}

}  // namespace

void dry_run(std::vector<Run> runs, bool json, std::ostream& out, const std::function<void(const std::string&)>& warn) {
  for (const auto& run : runs)
    for (const auto& warning : run.warnings) warn(warning);
  std::map<std::string, DatasetStatus> looked_at;  // by data set: the runs have one data_dir
  for (auto& run : runs) {
    refuse_stopped(run.config);
    const auto& name = run.problem->dataset;
    if (!looked_at.contains(name)) {
      DatasetStatus& status = looked_at[name];
      status.name = name;
      const auto unusable =
          caught([&] { status = dataset_status(*run.data_set, search_places(run.config.data_dir, run.config.home)); });
      if (unusable) status.error = unusable;
      const auto warning = passed_over_text(*run.data_set, run.config.data_dir, status.folder);
      if (!status.folder.empty() && !warning.empty()) warn(warning);
    }
    const DatasetStatus& data = looked_at.at(name);
    if (!data.error) run.note_data(data.train_samples, data.test_samples);
  }
  std::optional<Error> error = caught([&] { check_outputs(runs); });  // the first
  Checks checks;
  if (json && runs.size() > 1) out << "[\n";
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const Run& run = runs[i];
    refuse_stopped(run.config);
    const DatasetStatus& data = looked_at.at(run.problem->dataset);
    if (!error) error = caught([&] { checks.check_device(run); });
    if (!error) error = data.error;
    if (!error) error = caught([&] { checks.check(run, data); });
    if (json) {
      const auto one = configuration_json(run, json_path(run), data);
      out << (runs.size() > 1 ? shifted(one) : one) << (i + 1 < runs.size() ? ",\n" : "\n");
    } else {
      if (i > 0) out << '\n';
      print_configuration(run, data, out);
    }
  }
  if (json && runs.size() > 1) out << "]\n";
  out.flush();
  if (error) throw Error(*error);
}

}  // namespace deepobs
