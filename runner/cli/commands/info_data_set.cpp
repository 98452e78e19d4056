#include <ostream>

#include "engine/base/check.h"
#include "problems/data/dataset_status.h"
#include "runner/cli/commands/info_pages.h"
#include "runner/results/json/json_writer.h"
#include "runner/results/text/text_table.h"

namespace deepobs {
namespace {

/// The names of those that use the set.
std::vector<std::string> problems_on(const DatasetInfo& info, const std::vector<const Problem*>& problems) {
  std::vector<std::string> names;
  for (const Problem* problem : problems)
    if (problem->dataset == info.name) names.push_back(problem->name);
  return names;
}

std::string joined(const std::vector<std::string>& words) {
  std::string all;
  for (const auto& word : words) all += (all.empty() ? "" : ", ") + word;
  return all;
}

std::string part_words(const FileInfo& file) { return file.part ? std::string(name_of(*file.part)) : "all parts"; }

void write_texts(JsonWriter& json, const char* key, const std::vector<std::string>& texts) {
  json.key(key).begin_array();
  for (const auto& each : texts) json.value(each);
  json.end_array();
}

void write_text(JsonWriter& json, const char* key, const std::string& text) {
  json.key(key);
  text.empty() ? json.null() : json.value(text);
}

void print_json(const DatasetInfo& info, const std::vector<std::string>& problems, std::ostream& out) {
  JsonWriter json(2);
  json.begin_object().member("name", info.name).member("kind", "data set").member("title", info.title);
  json.member("train", info.train).member("test", info.test).member("valid", info.valid);
  json.key("columns").begin_array();
  for (const Column& column : info.columns) {
    json.begin_object().member("name", column.name).member("type", name_of(column.type)).key("item").begin_array();
    for (const auto extent : column.item.extents()) json.value(extent);
    json.end_array();
    write_text(json, "axes", column.axes);
    json.key("kinds");
    column.kinds > 0 ? json.value(column.kinds) : json.null();
    write_text(json, "kinds_name", column.kinds_name);
    json.end_object();
  }
  json.end_array().member("computed", info.generate != nullptr).member("streamed", info.is_streamed());
  write_texts(json, "folders", info.folders);
  json.key("files").begin_array();
  for (const FileInfo& file : info.files) {
    json.begin_object();
    write_texts(json, "names", file.spellings);
    json.member("part", part_words(file));
    write_texts(json, "columns", file.columns);
    json.member("records", file.records).key("crc32");
    file.crc ? json.value(std::uint64_t{*file.crc}) : json.null();
    json.end_object();
  }
  json.end_array();
  write_text(json, "archive", info.archive);
  write_text(json, "how_to_get", info.how_to_get);
  write_texts(json, "problems", problems);
  json.end_object();
  out << json.finish() << '\n';
}

void print_text(const DatasetInfo& info, const std::vector<std::string>& problems, std::ostream& out) {
  out << info.name << ": " << info.title << "\n\n";
  TextTable columns({"column", "type", "one record", "values"});
  for (const Column& column : info.columns)
    columns.add({column.name, std::string(name_of(column.type)),
                 column.axes.empty() ? text(column.item) : text(column.axes, ' ', column.item),
                 column.kinds > 0 ? text(column.kinds, ' ', column.kinds_name) : ""});
  out << columns.text() << '\n';
  if (!info.files.empty()) {
    TextTable files({"file", "part", "holds", ">records"});
    for (const FileInfo& file : info.files)
      files.add({file.spellings.front(), part_words(file), joined(file.columns), text(file.records)});
    out << files.text() << '\n';
  }
  out << "records        " << info.train << " training, " << info.test << " test";
  if (info.valid > 0) out << ", " << info.valid << " validation";
  out << "\nproblems       " << joined(problems) << '\n';
  if (info.is_generated()) {
    out << "files          none: " << (info.open ? opened_note : computed_note) << '\n';
    return;
  }
  out << "folders        " << joined(info.folders) << '\n';
  if (!info.archive.empty()) out << "archive        " << info.archive << '\n';
  out << "get it         ";
  for (const char c : info.how_to_get) c == '\n' ? out << "\n               " : out << c;
  out << "\nhere           deepobs data list\n";
}

}  // namespace

void describe_data_set(const DatasetInfo& info, const std::vector<const Problem*>& problems, bool json,
                       std::ostream& out) {
  const auto names = problems_on(info, problems);
  json ? print_json(info, names, out) : print_text(info, names, out);
}

}  // namespace deepobs
