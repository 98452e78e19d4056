#include "problems/feeds/rows.h"

#include <doctest/doctest.h>

#include "tests/error_of.h"
#include "tests/kernels/harness/run_op.h"

namespace deepobs {
namespace {

TEST_CASE("rows: every column by its name, each by the op of its type") {
  RunOp op;
  const std::vector<Column> columns{image_column(4, 5, 3), label_column(10), {.name = "x", .item = {7}}, {.name = "y"}};
  const std::vector<Value> data{op.graph.input("images", Type::u8, {9, 4, 5, 3}),
                                op.graph.input("labels", Type::i32, {9}), op.graph.input("x", Type::f32, {9, 7}),
                                op.graph.input("y", Type::f32, {9})};
  const auto feed = rows({.training = Preprocess::augment, .test = Preprocess::standardise});
  CHECK(feed->takes_order());
  CHECK(feed->batches(9, 2) == 4);
  CHECK(feed->batches(1, 2) == 0);
  CHECK(feed->least_records(2) == 2);
  FeedSite site{.columns = columns, .data = data, .batch = 2, .order = op.graph.input("order", Type::i32, {9})};
  const Batch batch = feed->record(op.graph, site);
  CHECK(batch["images"].shape() == Shape{2, 4, 5, 3});
  CHECK(batch["images"].type() == Type::f32);
  CHECK(batch["labels"].shape() == Shape{2});
  CHECK(batch["labels"].type() == Type::i32);
  CHECK(batch["x"].shape() == Shape{2, 7});
  CHECK(batch["y"].shape() == Shape{2});
  check_error([&] { batch["label"]; }, Fault::usage,
              {"unknown part of a mini-batch 'label': did you mean labels?", "images, labels, x, y"});

  const auto preprocess = [&](bool as_trained, bool plain) {
    site.as_trained = as_trained;
    site.plain = plain;
    const Value images = feed->record(op.graph, site)["images"];
    const Node& node = op.graph.nodes()[static_cast<std::size_t>(op.graph.info(images).producer)];
    CHECK(node.label == "batch");
    return node.attributes.as<GatherImages>().preprocess;
  };
  CHECK(preprocess(true, false) == Preprocess::augment);
  CHECK(preprocess(true, true) == Preprocess::standardise);
  CHECK(preprocess(false, false) == Preprocess::standardise);
}

TEST_CASE("rows: columns that it cannot take are refused") {
  RunOp op;
  const auto refuse = [&](const Column& column, const Shape& shape) {
    const std::vector<Column> columns{column};
    const std::vector<Value> data{op.graph.input(column.name, column.type, shape)};
    const FeedSite site{
        .columns = columns, .data = data, .batch = 2, .order = op.graph.input(column.name + " order", Type::i32, {9})};
    check_error([&] { rows()->record(op.graph, site); }, Fault::usage,
                {"rows() takes images [H, W, C] of bytes", "the column " + column.name});
  };
  refuse({.name = "flat bytes", .type = Type::u8, .item = {5}}, {9, 5});
  refuse({.name = "table", .type = Type::i32, .item = {5}, .kinds = 3}, {9, 5});
}

}  // namespace
}  // namespace deepobs
