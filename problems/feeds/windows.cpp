#include "problems/feeds/windows.h"

#include "kernels/ops/gather_windows/gather_windows.h"

namespace deepobs {
namespace {

class WindowsFeed final : public Feed {
 public:
  explicit WindowsFeed(std::int64_t length) : length_(length) {}

  bool takes_order() const override { return false; }
  std::int64_t batches(std::int64_t records, std::int64_t batch) const override {
    return GatherWindows{.batch = batch, .length = length_, .count = records}.batches();
  }
  std::int64_t least_records(std::int64_t batch) const override { return batch * length_ + 1; }

  Batch record(Graph& graph, const FeedSite& site) const override {
    require(site.columns.size() == 1 && site.columns[0].type == Type::i32 && site.columns[0].item.rank() == 0,
            Fault::usage, "windows() takes one column of single int32 numbers, not ",
            content_words({site.columns.begin(), site.columns.end()}, true), " of ", name_of(site.columns[0].type));
    graph.set_label("batch");
    const auto shifted = [&](std::int64_t shift) {
      return gather_windows(
          site.data[0],
          {.batch = site.batch, .length = length_, .first = site.first, .count = site.count, .shift = shift});
    };
    const Value inputs = shifted(0), targets = shifted(1);
    graph.set_label("");
    return Batch({{"inputs", inputs}, {"targets", targets}});
  }

 private:
  std::int64_t length_;
};

}  // namespace

std::shared_ptr<const Feed> windows(std::int64_t length) {
  require(length >= 1, Fault::usage, "windows have at least 1 number, not ", length);
  return std::make_shared<WindowsFeed>(length);
}

}  // namespace deepobs
