#include "runner/results/run_path.h"

#include <algorithm>
#include <array>

#include "engine/base/check.h"
#include "engine/base/fnv1a.h"
#include "runner/results/text/python_text.h"

namespace deepobs {

namespace {

constexpr std::size_t longest_name = 200;            // of an encoded name; leaves room below the file system's 255
constexpr std::size_t longest_path_component = 255;  // NAME_MAX of all common file systems
constexpr std::size_t hash_size = 2 + 16;            // "%-" and 64 bits in hex

// Not std::isalnum: that asks the locale.
bool is_letter_or_digit(char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

std::string hex(std::uint64_t value, int digits) {
  std::string out;
  for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4) out += "0123456789ABCDEF"[value >> shift & 0xF];
  return out;
}

bool is_time_stamp(std::string_view stamp) {
  static constexpr std::string_view form = "dddd-dd-dd-dd-dd-dd";
  return std::equal(stamp.begin(), stamp.end(), form.begin(), form.end(),
                    [](char c, char f) { return f == 'd' ? c >= '0' && c <= '9' : c == f; });
}

// Sorted by name as Python sorts texts, which for UTF-8 is the order of the bytes.
std::vector<NamedValue> sorted(std::vector<NamedValue> values) {
  std::sort(values.begin(), values.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::string& name = values[i].name;
    require(!name.empty() &&
                std::all_of(name.begin(), name.end(), [](char c) { return is_letter_or_digit(c) || c == '_'; }),
            Fault::usage, "the hyperparameter '", name, "' must have a name of letters, digits and '_'");
    require(i == 0 || name != values[i - 1].name, Fault::usage, "the hyperparameter '", name, "' is given twice",
            name == "lr" ? " (the learning rate is one already)" : "");
  }
  return values;
}

// "0_3e-01_50_3e-02_100_3e-03": every pair in the order given, nothing merged.
std::string schedule_text(const RunName& run, PointStyle style) {
  std::string out = "0_" + float2str(run.learning_rate, style);
  for (std::size_t i = 0; i < run.schedule_epochs->size(); ++i)
    out += text("_", python_int((*run.schedule_epochs)[i]), "_",
                float2str(run.learning_rate * (*run.schedule_factors)[i], style));
  return out;
}

/// A beginning of the text and a hash of all of it, `bytes` bytes in all. Cut between two encoded bytes, "%2F", never
/// inside one; and no encoded name holds "%-".
std::string shortened(const std::string& text, std::size_t bytes) {
  std::string out = text.substr(0, bytes - hash_size);
  const std::size_t percent = out.rfind('%');
  if (percent != std::string::npos && percent + 3 > out.size()) out.resize(percent);
  return out + "%-" + hex(fnv1a(text), 16);
}

/// "name__value__name__value ...". Where that is too long, the values are cut, the longest first, so that the short
/// ones can be read as ever; where that does not suffice, for there are too many, the whole is.
std::string joined_within_limit(std::vector<std::pair<std::string, std::string>> parts) {
  constexpr std::size_t shortest = 40;  // of a value that is cut: room for a beginning that tells what it was
  const auto joined = [&] {
    std::string out;
    for (const auto& [name, value] : parts) out += (out.empty() ? "" : "__") + name + "__" + value;
    return out;
  };
  std::string out = joined();
  for (std::size_t cut = 0; out.size() > longest_path_component && cut < parts.size(); ++cut) {
    auto& value = std::ranges::max_element(parts, {}, [](const auto& part) { return part.second.size(); })->second;
    if (value.size() <= shortest) break;
    const std::size_t excess = out.size() - longest_path_component;
    value = shortened(value, value.size() > excess + shortest ? value.size() - excess : shortest);
    out = joined();
  }
  return out.size() <= longest_path_component ? out : shortened(out, longest_path_component);
}

}  // namespace

std::string setting_folder(const RunName& run, Layout layout) {
  require(run.schedule_epochs.has_value() == run.schedule_factors.has_value() &&
              (!run.schedule_epochs || run.schedule_epochs->size() == run.schedule_factors->size()),
          Fault::usage, "a learning-rate schedule needs epochs and factors, one factor per epoch");

  const PointStyle style = layout == Layout::flat ? PointStyle::stripped : PointStyle::kept;
  std::vector<NamedValue> parameters = run.hyperparameters;
  if (layout == Layout::v1_2) parameters.push_back({"lr", run.learning_rate});

  std::vector<std::pair<std::string, std::string>> parts{{"num_epochs", std::to_string(run.epochs)},
                                                         {"batch_size", std::to_string(run.batch)}};
  if (run.weight_decay) parts.emplace_back("weight_decay", float2str(*run.weight_decay, style));
  for (const NamedValue& each : sorted(std::move(parameters)))
    parts.emplace_back(each.name, name_text(each.value, style));
  if (layout == Layout::v1_2) {
    if (run.schedule_epochs) {
      parts.emplace_back("lr_sched_epochs", python_int_list(*run.schedule_epochs));
      parts.emplace_back("lr_sched_factors", python_list(*run.schedule_factors));
    }
  } else if (run.schedule_epochs) {
    parts.emplace_back("lr_schedule", schedule_text(run, style));
  } else {
    parts.emplace_back("lr", float2str(run.learning_rate, style));
  }
  parts.insert(parts.end(), run.deviations.begin(), run.deviations.end());
  return joined_within_limit(std::move(parts));
}

std::filesystem::path run_folder(const RunName& run, Layout layout) {
  return std::filesystem::path(encode_name(run.problem)) / encode_name(run.optimizer) / setting_folder(run, layout);
}

std::string seed_name(std::int64_t seed) { return "random_seed__" + std::to_string(seed); }

std::string run_file(const RunName& run, int attempt) {
  require(is_time_stamp(run.time_stamp), Fault::usage, "a time stamp looks like 2025-12-13-16-00-00, not '",
          run.time_stamp, "'");
  std::string out = seed_name(run.seed) + "__";
  if (!run.suffix.empty()) out += encode_name(run.suffix) + "__";
  if (attempt > 0) out += std::to_string(attempt + 1) + "__";
  return out + run.time_stamp + ".json";
}

std::string encode_name(std::string_view name) {
  if (name.empty()) return "%";
  std::string out;
  std::size_t cut = 0;  // the longest start that leaves room for the hash and ends between two characters
  for (const char c : name) {
    const bool stays = is_letter_or_digit(c) || c == '_' || c == '+' || c == '-' || (c == '.' && !out.empty());
    out += stays ? c : '%';
    if (!stays) out += hex(static_cast<unsigned char>(c), 2);
    if (out.size() + hash_size <= longest_name) cut = out.size();
  }
  return out.size() <= longest_name ? out : out.substr(0, cut) + "%-" + hex(fnv1a(name), 16);
}

std::string time_stamp(const std::tm& local_time) {
  std::array<char, 64> buffer;
  const std::size_t size = std::strftime(buffer.data(), buffer.size(), "%Y-%m-%d-%H-%M-%S", &local_time);
  return {buffer.data(), size};
}

}  // namespace deepobs
