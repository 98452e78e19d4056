#include "problems/feeds/rows.h"

#include "kernels/ops/gather/gather_floats.h"
#include "kernels/ops/gather/gather_labels.h"
#include "kernels/ops/gather_images/gather_images.h"

namespace deepobs {
namespace {

class RowsFeed final : public Feed {
 public:
  explicit RowsFeed(const Rows& how) : how_(how) {}

  bool takes_order() const override { return true; }
  std::int64_t batches(std::int64_t records, std::int64_t batch) const override { return records / batch; }
  std::int64_t least_records(std::int64_t batch) const override { return batch; }

  Batch record(Graph& graph, const FeedSite& site) const override {
    require(site.order.has_value(), Fault::internal, "rows are taken in an order, and there is none");
    graph.set_label("batch");
    std::vector<std::pair<std::string, Value>> values;
    for (std::size_t i = 0; i < site.columns.size(); ++i)
      values.emplace_back(site.columns[i].name, gathered(site, site.columns[i], site.data[i]));
    graph.set_label("");
    return values;
  }

 private:
  Value gathered(const FeedSite& site, const Column& column, Value data) const {
    const Value order = *site.order;
    if (column.type == Type::f32) return gather_floats(data, order, site.batch);
    if (column.type == Type::i32 && column.item.rank() == 0) return gather_labels(data, order, site.batch);
    require(column.type == Type::u8 && column.item.rank() == 3, Fault::usage,
            "rows() takes images [H, W, C] of bytes, "
            "single int32 numbers and float32 numbers, not the column ",
            column.name, " of ", name_of(column.type), ' ', column.item);
    const Preprocess asked = site.as_trained ? how_.training : how_.test;
    return gather_images(data, order,
                         {.batch = site.batch,
                          .preprocess = asked == Preprocess::augment && site.plain ? Preprocess::standardise : asked,
                          .flip = how_.flip,
                          .stream = site.stream});
  }

  Rows how_;
};

}  // namespace

std::shared_ptr<const Feed> rows(const Rows& how) { return std::make_shared<RowsFeed>(how); }

}  // namespace deepobs
