#include "runner/analysis/reading/setting_reader.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "engine/base/check.h"
#include "runner/analysis/reading/metric.h"
#include "runner/results/run_path.h"
#include "runner/results/text/counted.h"
#include "runner/results/text/parameter_text.h"
#include "runner/results/text/python_text.h"

namespace deepobs {
namespace {

/// The parameters by name, with the digits that DeepOBS's folder names have: a rate that was typed from such a name is
/// the same.
std::string named_text(std::vector<ReadParameter> parameters) {
  std::ranges::stable_sort(parameters, {}, &ReadParameter::name);
  std::string out;
  for (const auto& each : parameters) {
    std::optional<double> number;
    if (const auto* real = std::get_if<double>(&each.value)) number = *real;
    if (const auto* whole = std::get_if<std::int64_t>(&each.value)) number = static_cast<double>(*whole);  // 1 for 1.0
    const bool rounded = number && std::isfinite(*number);
    out += (out.empty() ? "" : ", ") + each.name + " " +
           (rounded ? float2str(*number, PointStyle::stripped) : parameter_text(each));
  }
  return out;
}

/// What makes a run another experiment than its neighbours, as "epochs 10" and so on; device and versions do not.
std::vector<std::string> protocol_of(const ReadResult& result) {
  return {"problem " + result.problem,
          "optimizer " + result.optimizer,
          text("num_epochs ", result.epochs),
          text("batch_size ", result.batch),
          "weight_decay " + (result.weight_decay ? given_decay(result) : "the problem's"),
          "hyperparameters " + named_text(result.hyperparameters),
          "schedule " + named_text(result.training_parameters)};
}

std::string difference(const std::vector<std::string>& own, const std::vector<std::string>& others) {
  std::string out;
  for (std::size_t i = 0; i < own.size(); ++i)
    if (own[i] != others[i])
      out += (out.empty() ? "" : "; ") + own[i] + ", not " + others[i].substr(own[i].find(' ') + 1);
  return out;
}

/// The message without the path in front of it, which stands beside it.
std::string reason(const Error& error, const std::string& path) {
  std::string what = error.what();
  const std::string begin = "'" + path + "': ", is = "'" + path + "' is ";
  if (what.starts_with(begin)) return what.substr(begin.size());
  if (what.starts_with(is)) return what.substr(path.size() + 3);
  return what;
}

bool is_named(const std::string& folder, const std::string& name) {
  return folder == name || folder == encode_name(name);
}

/// "2026-11-26-10-00-00.json": when the run began, behind whatever stands in front of it.
std::string_view stamp_of(std::string_view file) {
  constexpr std::size_t length = 24;
  return file.substr(file.size() - std::min(file.size(), length));
}

std::string_view sentence_of(FindingKind kind) {
  switch (kind) {
    case FindingKind::unreadable:
      return "left out, because no result can be read from it";
    case FindingKind::incomplete:
      return "left out, because a list has not one value per epoch from 0 to the last";
    case FindingKind::duplicate:
      return "left out, because there is a newer run of the same problem, optimizer, setting and seed";
    case FindingKind::mixed_setting:
      return "left out, because it was made in another way than most runs of its folder";
    case FindingKind::misplaced:
      return "the file names another problem or optimizer than its folders, whose names are used";
    case FindingKind::missing_list:
      return "lists are absent that other runs of the setting have";
    default:
      return "DeepOBS 1.2's check_output calls it corrupted";
  }
}

}  // namespace

std::string given_decay(const ReadResult& result) {
  return result.weight_decay ? python_repr(*result.weight_decay) : "";
}

SettingRuns SettingReader::read(const SettingFolder& folder) {
  std::vector<SettingRun> runs;
  runs.reserve(folder.files.size());
  for (const std::string& file : folder.files) {
    ++counts_.found;
    const std::filesystem::path path = folder.path / file;
    FindingKind kind = FindingKind::unreadable;
    try {
      SettingRun run{file, strict_ ? read_result(path) : reader_.read(path)};
      kind = FindingKind::incomplete;
      require_full_lists(run.result, path.string());
      run.result.minibatch_train_losses = {};
      runs.push_back(std::move(run));
    } catch (const Error& error) {
      ++(kind == FindingKind::unreadable ? counts_.unreadable : counts_.incomplete);
      leave_out(kind, folder, file, reason(error, path.string()));
    }
  }
  keep_peers(folder, runs);
  keep_newest(folder, runs);
  std::ranges::stable_sort(runs, {}, [](const SettingRun& run) { return run.result.seed; });
  look_at(folder, runs);
  counts_.used += static_cast<std::int64_t>(runs.size());
  return {&folder, std::move(runs)};
}

void SettingReader::leave_out(FindingKind kind, const SettingFolder& folder, const std::string& file,
                              const std::string& why) {
  found_.emplace_back(kind,
                      (std::filesystem::path(folder.place) / file).string() + (why.empty() ? "" : " (" + why + ")"));
}

void SettingReader::keep_peers(const SettingFolder& folder, std::vector<SettingRun>& runs) {
  if (runs.empty()) return;
  std::vector<std::vector<std::string>> protocols;
  std::map<std::vector<std::string>, std::int64_t> shares;
  for (const auto& run : runs) ++shares[protocols.emplace_back(protocol_of(run.result))];
  if (shares.size() == 1) return;
  const std::vector<std::string>* usual = &protocols.front();
  for (const auto& each : protocols)
    if (shares[each] > shares[*usual]) usual = &each;
  const std::vector<std::string> kept = *usual;
  std::size_t i = 0;
  std::erase_if(runs, [&](const SettingRun& run) {
    const auto& own = protocols[i++];
    if (own == kept) return false;
    ++counts_.mixed;
    leave_out(FindingKind::mixed_setting, folder, run.file, difference(own, kept));
    return true;
  });
}

void SettingReader::keep_newest(const SettingFolder& folder, std::vector<SettingRun>& runs) {
  std::map<std::int64_t, std::string> newest;
  for (const auto& run : runs) {
    std::string& file = newest.emplace(run.result.seed, run.file).first->second;
    if (std::pair(stamp_of(file), std::string_view(file)) < std::pair(stamp_of(run.file), std::string_view(run.file)))
      file = run.file;
  }
  std::erase_if(runs, [&](const SettingRun& run) {
    if (newest[run.result.seed] == run.file) return false;
    ++counts_.duplicates;
    leave_out(FindingKind::duplicate, folder, run.file, text("seed ", run.result.seed));
    return true;
  });
}

void SettingReader::look_at(const SettingFolder& folder, const std::vector<SettingRun>& runs) {
  PerMetric<std::size_t> have;
  for (const auto& run : runs)
    for (const ResultMetric metric : all_metrics) have[metric] += list_of(run.result, metric) != nullptr ? 1 : 0;
  for (const auto& run : runs) {
    const ReadResult& result = run.result;
    if (!is_named(folder.problem, result.problem) || !is_named(folder.optimizer, result.optimizer))
      leave_out(FindingKind::misplaced, folder, run.file, result.problem + ", " + result.optimizer);
    std::string missing;
    for (const ResultMetric metric : all_metrics)
      if (have[metric] > 0 && list_of(result, metric) == nullptr)
        missing += (missing.empty() ? "" : ", ") + std::string(name_of(metric));
    if (!missing.empty()) leave_out(FindingKind::missing_list, folder, run.file, missing);
    if (strict_ && result.is_v1_2 && !result.valid_losses)
      leave_out(FindingKind::unchecked, folder, run.file, "there are no valid_losses");
  }
}

std::vector<Finding> SettingReader::take_findings() {
  std::map<FindingKind, std::vector<std::string>> places;
  for (auto& [kind, place] : found_) places[kind].push_back(std::move(place));
  found_.clear();
  std::vector<Finding> out;
  for (auto& [kind, of] : places) {
    const std::string counted_files = counted(static_cast<std::int64_t>(of.size()), "file");
    out.push_back({kind, counted_files + ": " + std::string(sentence_of(kind)), std::move(of)});
  }
  return out;
}

}  // namespace deepobs
