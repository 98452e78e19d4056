#include "engine/base/check.h"
#include "runner/bench/profile/profile.h"
#include "runner/results/json/json_writer.h"

namespace deepobs {
namespace {

constexpr double micro = 1e-6;

/// Names a process of the trace.
void add_process(JsonWriter& json, int process, const Profile& profile) {
  json.begin_object().member("name", "process_name").member("ph", "M").member("pid", process).key("args");
  json.begin_object();
  json.member("name", text(profile.of.run.problem->name, " ", profile.of.optimizer, " batch ",
                           profile.of.run.batch_size, ", ", profile.of.threads, " threads"));
  json.end_object().end_object();
}

}  // namespace

std::string trace_json(std::span<const Profile> profiles) {
  JsonWriter json(0);
  json.begin_array();
  int process = 0;
  for (const auto& profile : profiles) {
    add_process(json, ++process, profile);
    const double start = profile.spans.empty() ? 0 : profile.spans.front().begin;
    for (const auto& [index, begin, end] : profile.spans) {
      const ProfileRow& row = profile.rows[index];
      json.begin_object().member("name", row.label.empty() ? row.op : row.label + " " + row.op).member("cat", row.op);
      json.member("ph", "X").member("pid", process).member("tid", 1);
      json.member("ts", (begin - start) / micro).member("dur", (end - begin) / micro).key("args").begin_object();
      if (row.cost.flops > 0) json.member("flops", row.cost.flops);
      json.member("bytes", row.cost.traffic()).end_object().end_object();
    }
  }
  json.end_array();
  return json.finish();
}

}  // namespace deepobs
