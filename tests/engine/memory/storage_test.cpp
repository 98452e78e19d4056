#include <doctest/doctest.h>

#include <cstddef>
#include <numeric>

#include "engine/graph/graph.h"
#include "engine/memory/snapshot.h"
#include "tests/error_of.h"

namespace deepobs {
namespace {

/// Element i of a parameter is 1000 seed + stream % 100 + i.
const Initializer counting = [](std::span<float> values, std::uint64_t seed, std::uint64_t stream) {
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(1000 * seed + stream % 100 + i);
};

struct Fixture {
  Fixture() {
    store.parameter("a", {5}, Border::plain({5}), counting);
    store.parameter("w", {2, 3}, Border{{3, 2}, {3, 2}, {1, 3}}, counting);  // [in, out] here, [out, in] in files
    labels = store.buffer({.name = "labels", .type = Type::i32, .shape = {3}, .fill = -7});
    bytes = store.buffer({.name = "bytes", .type = Type::u8, .shape = {3}, .fill = 200});
    scalars = store.buffer({.name = "scalars", .role = Role::optimizer, .type = Type::f64, .shape = {2}, .fill = 0.1});
    log = store.buffer({.name = "log", .role = Role::log, .shape = {2}, .fill = 0.1});
    mean = store.buffer({.name = "mean", .role = Role::statistics, .shape = {2}, .fill = 0.5});
    hidden = store.buffer({.name = "hidden", .role = Role::carried, .shape = {2}});
    lent = store.buffer({.name = "lent", .role = Role::data, .shape = {4}});
  }

  template <class T>
  std::vector<T> content(const Storage& storage, int buffer, std::size_t count) const {
    std::vector<T> values(count);
    storage.read<T>(buffer, values);
    return values;
  }

  Store store;
  int labels, bytes, scalars, log, mean, hidden, lent;
  std::unique_ptr<Device> device = cpu_device({.threads = 1});
};

TEST_CASE_FIXTURE(Fixture, "storage: buffers are filled as declared, in their own type") {
  const Storage storage(*device, store);
  CHECK(content<std::int32_t>(storage, labels, 3) == std::vector<std::int32_t>{-7, -7, -7});
  CHECK(content<std::uint8_t>(storage, bytes, 3) == std::vector<std::uint8_t>{200, 200, 200});
  CHECK(content<double>(storage, scalars, 2) == std::vector<double>{0.1, 0.1});
  CHECK(content<float>(storage, log, 2) == std::vector<float>{0.1f, 0.1f});
  CHECK(content<float>(storage, Store::parameters_id, 32) == std::vector<float>(32));
  CHECK(content<float>(storage, Store::gradients_id, 32) == std::vector<float>(32));
}

TEST_CASE_FIXTURE(Fixture, "storage: memory is aligned to cache lines") {
  const Storage storage(*device, store);
  for (const int buffer : {Store::parameters_id, labels, bytes, scalars})
    CHECK(reinterpret_cast<std::uintptr_t>(storage.data(buffer)) % 64 == 0);
}

TEST_CASE("storage: a parameter's stream is 48 bits of the FNV-1a hash of its name") {
  CHECK(initial_stream("") == 0x9ce48422e8d7u);  // computed by a program of its own
  CHECK(initial_stream("a") == 0xdc4c860143efu);
  CHECK(initial_stream("conv1.weight") == 0x9a2cee47bbf6u);
}

TEST_CASE_FIXTURE(Fixture, "storage: initial values do not depend on the order of declarations") {
  Store other;
  other.parameter("w", {2, 3}, Border{{3, 2}, {3, 2}, {1, 3}}, counting);
  other.parameter("between", {4}, Border::plain({4}), counting);
  other.parameter("a", {5}, Border::plain({5}), counting);
  Storage first(*device, store), second(*device, other);
  first.initialize(3);
  second.initialize(3);
  CHECK(first.parameter(store.parameters()[0]) == second.parameter(other.parameters()[2]));
  CHECK(first.parameter(store.parameters()[1]) == second.parameter(other.parameters()[0]));
}

TEST_CASE_FIXTURE(Fixture, "storage: initial values are drawn in the order of files, the gaps stay zero") {
  Storage storage(*device, store);
  storage.initialize(3);
  CHECK(storage.parameter(store.parameters()[0]) == std::vector<float>{3087, 3088, 3089, 3090, 3091});
  CHECK(storage.parameter(store.parameters()[1]) == std::vector<float>{3025, 3026, 3027, 3028, 3029, 3030});
  const auto flat = content<float>(storage, Store::parameters_id, 32);
  CHECK(std::vector(flat.begin() + 16, flat.begin() + 22) ==
        std::vector<float>{3025, 3027, 3029, 3026, 3028, 3030});  // transposed
  for (std::size_t i = 0; i < 32; ++i)
    if ((i >= 5 && i < 16) || i >= 22) CHECK(flat[i] == 0.f);
}

TEST_CASE_FIXTURE(Fixture, "storage: a parameter comes back as it was set") {
  Storage storage(*device, store);
  const std::vector<float> values{1, 2, 3, 4, 5, 6};
  storage.set_parameter(store.parameters()[1], values);
  CHECK(storage.parameter(store.parameters()[1]) == values);
  CHECK(storage.parameter(store.parameters()[0]) == std::vector<float>(5));
  check_error([&] { storage.set_parameter(store.parameters()[1], std::vector<float>(7)); }, Fault::usage,
              "parameter 'w' [3, 2] cannot take 7 values");
}

TEST_CASE_FIXTURE(Fixture, "storage: gradients have the places and the order of their parameters") {
  Storage storage(*device, store);
  std::vector<float> flat(32);
  std::iota(flat.begin(), flat.end(), 0.f);
  storage.write<float>(Store::gradients_id, flat);
  CHECK(storage.gradient(store.parameters()[0]) == std::vector<float>{0, 1, 2, 3, 4});
  CHECK(storage.gradient(store.parameters()[1]) == std::vector<float>{16, 19, 17, 20, 18, 21});
}

TEST_CASE_FIXTURE(Fixture, "storage: it grows by the buffers that were declared since, and nothing moves") {
  Storage storage(*device, store);
  storage.write<float>(log, std::vector<float>{7, 8});
  const void* before = storage.data(log);
  const int later = store.buffer({.name = "later", .shape = {3}, .fill = 2.5});
  check_error([&] { storage.data(later); }, Fault::usage, "declared after the storage was made");
  storage.extend();
  CHECK(content<float>(storage, later, 3) == std::vector<float>{2.5f, 2.5f, 2.5f});
  CHECK(storage.data(log) == before);
  CHECK(content<float>(storage, log, 2) == std::vector<float>{7, 8});
  storage.extend();  // by nothing
  CHECK(content<float>(storage, log, 2) == std::vector<float>{7, 8});
}

TEST_CASE("storage: it does not grow by parameters") {
  const auto device = cpu_device({.threads = 1});
  Store store;
  store.parameter("w", {3}, Border::plain({3}), {});
  Storage storage(*device, store);
  store.parameter("late", {100}, Border::plain({100}), {});
  check_error([&] { storage.extend(); }, Fault::usage, "parameter 'late' was declared after the storage was made");
}

TEST_CASE_FIXTURE(Fixture,
                  "snapshot: it has the state and nothing else, and gives it back to any storage of its store") {
  using Floats = std::vector<float>;
  Storage storage(*device, store), other(*device, store);
  storage.initialize(5);
  storage.write<double>(scalars, std::vector<double>{1, 2});
  storage.write<float>(mean, Floats{3, 4});
  storage.write<float>(hidden, Floats{5, 6});
  const Floats of_5 = storage.parameter(store.parameters()[1]);
  Snapshot snapshot(storage);

  const auto change = [&] {
    storage.initialize(6);
    storage.write<double>(scalars, std::vector<double>{-1, -2});
    storage.write<float>(mean, Floats{-3, -4});
    storage.write<float>(hidden, Floats{-5, -6});
    storage.write<float>(log, Floats{-7, -8});
    storage.write<std::int32_t>(labels, std::vector<std::int32_t>{1, 2, 3});
  };
  change();
  for (Storage* into : {&storage, &other}) {
    snapshot.restore(*into);
    CHECK(into->parameter(store.parameters()[1]) == of_5);
    CHECK(content<double>(*into, scalars, 2) == std::vector<double>{1, 2});
    CHECK(content<float>(*into, mean, 2) == Floats{3, 4});
    CHECK(content<float>(*into, hidden, 2) == Floats{5, 6});
  }
  CHECK(content<float>(storage, log, 2) == Floats{-7, -8});  // no state
  CHECK(content<std::int32_t>(storage, labels, 3) == std::vector<std::int32_t>{1, 2, 3});
  CHECK_NOTHROW(other.require_values(0, store.flat_floats()));

  change();
  snapshot.renew();
  snapshot.restore(other);
  CHECK(content<float>(other, mean, 2) == Floats{-3, -4});
  CHECK(other.parameter(store.parameters()[0])[0] == 6087);

  const Store another;
  Storage foreign(*device, another);
  check_error([&] { snapshot.restore(foreign); }, Fault::usage, "same store and device");
  store.buffer({.name = "later", .shape = {1}});
  Storage grown(*device, store);
  check_error([&] { snapshot.restore(grown); }, Fault::usage, "the store grew between the two");
}

TEST_CASE_FIXTURE(Fixture, "storage: a role is reset to what was declared, the others stay") {
  Storage storage(*device, store);
  storage.write<float>(mean, std::vector<float>{3, 4});
  storage.write<float>(hidden, std::vector<float>{5, 6});
  storage.reset(Role::carried);
  CHECK(content<float>(storage, hidden, 2) == std::vector<float>{0, 0});
  CHECK(content<float>(storage, mean, 2) == std::vector<float>{3, 4});
  storage.reset(Role::statistics);
  CHECK(content<float>(storage, mean, 2) == std::vector<float>{0.5f, 0.5f});
  check_error([&] { storage.reset(Role::parameters); }, Fault::usage, "does not reset parameters: initialize()");
  check_error([&] { storage.reset(Role::data); }, Fault::usage, "does not reset data: they are bound");
}

TEST_CASE_FIXTURE(Fixture, "storage: memory of data must be bound, large enough, and asked for") {
  Storage storage(*device, store);
  check_error([&] { storage.data(lent); }, Fault::usage, "nothing was bound to buffer 'lent'");
  const DeviceMemory small(*device, 15), enough(*device, 16);
  check_error([&] { storage.bind(lent, small); }, Fault::usage, "needs 16 bytes, the memory bound to it has 15");
  check_error([&] { storage.bind(labels, enough); }, Fault::usage, "has memory of its own");
  storage.bind(lent, enough);
  CHECK(storage.data(lent) == enough.data());
}

TEST_CASE_FIXTURE(Fixture, "storage: sizes and buffers that do not fit are refused") {
  Storage storage(*device, store);
  check_error([&] { storage.write<std::int32_t>(labels, std::vector<std::int32_t>(2)); }, Fault::usage,
              "buffer 'labels' holds 12 bytes, not 8");
  check_error([&] { content<std::int32_t>(storage, labels, 4); }, Fault::usage, "holds 12 bytes, not 16");
  const int late = store.buffer({.name = "late", .shape = {1}});
  for (const int buffer : {-1, late, late + 1, 1 << 30}) {
    check_error([&] { storage.data(buffer); }, Fault::usage, "declared after the storage was made");
    check_error([&] { storage.write<float>(buffer, std::vector<float>(1)); }, Fault::usage, "declared after");
    check_error([&] { content<float>(storage, buffer, 1); }, Fault::usage, "declared after");
    const DeviceMemory memory(*device, 64);
    check_error([&] { storage.bind(buffer, memory); }, Fault::usage, "declared after");
  }
}

TEST_CASE_FIXTURE(Fixture,
                  "storage: numbers of another type than the buffer's are refused both ways, raw bytes are not") {
  Storage storage(*device, store);
  check_error([&] { storage.write<std::int32_t>(log, std::vector<std::int32_t>(2)); }, Fault::usage,
              "buffer 'log' holds float32 numbers, not int32");
  check_error([&] { storage.write<double>(log, std::vector<double>(1)); }, Fault::usage,
              "float32 numbers, not float64");
  check_error([&] { storage.write<float>(labels, std::vector<float>(3)); }, Fault::usage, "int32 numbers, not float32");
  check_error([&] { storage.write<Bf16>(scalars, std::vector<Bf16>(8)); }, Fault::usage, "float64 numbers, not bf16");
  check_error([&] { content<std::uint8_t>(storage, log, 8); }, Fault::usage, "float32 numbers, not uint8");
  check_error([&] { content<float>(storage, scalars, 4); }, Fault::usage, "float64 numbers, not float32");
  CHECK(content<float>(storage, log, 2) == std::vector<float>{0.1f, 0.1f});
  std::vector<std::byte> raw(8);
  storage.read<std::byte>(log, raw);
  storage.write<float>(log, std::vector<float>(2));
  storage.write<std::byte>(log, raw);
  CHECK(content<float>(storage, log, 2) == std::vector<float>{0.1f, 0.1f});
}

TEST_CASE_FIXTURE(Fixture,
                  "storage: a parameter declared after it was made is refused, and so is all that would reach it") {
  Storage storage(*device, store);
  storage.initialize(1);
  const auto before = storage.parameter(store.parameters()[0]);
  store.parameter("late", {300, 2000}, Border::plain({300, 2000}), counting);
  const auto& late = store.parameters()[2];
  const char* why = "'late' was declared after the storage was made";
  check_error([&] { storage.parameter(late); }, Fault::usage, why);
  check_error([&] { storage.gradient(late); }, Fault::usage, why);
  check_error([&] { storage.set_parameter(late, std::vector<float>(600'000)); }, Fault::usage, why);
  check_error([&] { storage.initialize(2); }, Fault::usage, why);
  const auto flat = static_cast<std::size_t>(store.flat_floats());
  check_error([&] { content<float>(storage, Store::parameters_id, flat); }, Fault::usage, why);
  check_error([&] { storage.write<float>(Store::gradients_id, std::vector<float>(flat)); }, Fault::usage, why);
  check_error([&] { storage.data(Store::parameters_id); }, Fault::usage, why);
  CHECK(storage.parameter(store.parameters()[0]) == before);  // the others stay within reach
  Storage complete(*device, store);
  complete.initialize(2);
  CHECK(complete.parameter(late)[1] == 2050.f);
}

TEST_CASE_FIXTURE(Fixture, "storage: a parameter of another store is refused") {
  Storage storage(*device, store);
  Store other;
  other.parameter("large", {1'000'000}, Border::plain({1'000'000}), counting);
  other.parameter("a", {5}, Border::plain({5}), counting);
  for (const auto& foreign : other.parameters()) {
    const std::string why = text("parameter '", foreign.name, "' is none of this storage's store");
    const auto size = static_cast<std::size_t>(foreign.shape.elements());
    check_error([&] { storage.parameter(foreign); }, Fault::usage, why);
    check_error([&] { storage.gradient(foreign); }, Fault::usage, why);
    check_error([&] { storage.set_parameter(foreign, std::vector<float>(size)); }, Fault::usage, why);
  }
}

TEST_CASE_FIXTURE(Fixture, "storage: a parameter without initializer is named before any other is drawn") {
  store.parameter("bare", {2}, Border::plain({2}), nullptr);
  Storage storage(*device, store);
  check_error([&] { storage.initialize(1); }, Fault::usage, "parameter 'bare' has no initializer");
  CHECK(storage.parameter(store.parameters()[0]) == std::vector<float>(5));
}

TEST_CASE("storage: an empty buffer can be written and read") {
  Store store;
  const int empty = store.buffer({.name = "empty", .shape = {0, 3}, .fill = 1});
  const auto device = cpu_device({.threads = 1});
  Storage storage(*device, store);
  CHECK_NOTHROW(storage.write<float>(empty, std::vector<float>()));
  CHECK_NOTHROW(storage.read<float>(empty, std::span<float>()));
}

TEST_CASE("storage: constants hold their numbers, in every graph of the store, and are no state") {
  const auto count_up = [](std::span<float> values) { std::iota(values.begin(), values.end(), 1.f); };
  Store store;
  Graph first(store), second(store);
  const Value a = first.constants("table", {2, 3}, count_up), b = second.constants("table", {2, 3}, count_up);
  CHECK(a.shape() == Shape{2, 3});
  CHECK(first.info(a).buffer == second.info(b).buffer);
  CHECK(!first.info(a).needs_gradient);
  CHECK(!is_state(Role::constants));
  const auto device = cpu_device({.threads = 1});
  Storage storage(*device, store);
  std::vector<float> read(6);
  storage.read(store.find("table"), std::span(read));
  CHECK(read == std::vector<float>{1, 2, 3, 4, 5, 6});
  check_error([&] { second.constants("table", {6}, count_up); }, Fault::usage,
              "is now asked for as constants of float32 [6]");
  first.input("given", Type::f32, {1});
  check_error([&] { first.constants("given", {1}, count_up); }, Fault::usage,
              "'given' was declared as input of float32 [1]");
}

/// Has no memory for more than so many bytes at once.
class SmallDevice final : public Device {
 public:
  explicit SmallDevice(std::int64_t most) : most_(most) {}
  DeviceInfo info() const override { return cpu_->info(); }
  void* allocate(std::int64_t bytes) override {
    require(bytes <= most_, Fault::memory, "there are no ", bytes, " bytes");
    return cpu_->allocate(bytes);
  }
  void release(void* memory, std::int64_t bytes) noexcept override { cpu_->release(memory, bytes); }
  void copy_in(void* to, const void* from, std::int64_t bytes) override { cpu_->copy_in(to, from, bytes); }
  void copy_out(void* to, const void* from, std::int64_t bytes) override { cpu_->copy_out(to, from, bytes); }
  void copy(void* to, const void* from, std::int64_t bytes) override { cpu_->copy(to, from, bytes); }
  std::unique_ptr<Replay> prepare(std::vector<Resolved> calls) override { return cpu_->prepare(std::move(calls)); }

  void shrink(std::int64_t most) { most_ = most; }

 private:
  std::int64_t most_;
  std::unique_ptr<Device> cpu_ = cpu_device({.threads = 1});
};

TEST_CASE("storage: memory that cannot be had is told with what it was for, of a snapshot, too") {
  Store store;
  store.buffer({.name = "optimizer.old_steps", .role = Role::optimizer, .shape = {100, 10}});
  const char* part = "there are no 4000 bytes, for 'optimizer.old_steps', float32 [100, 10]";
  SmallDevice device(3999);
  check_error([&] { Storage(device, store); }, Fault::memory, part);
  device.shrink(4000);
  const Storage storage(device, store);
  device.shrink(3999);
  check_error([&] { Snapshot copy(storage); }, Fault::memory, part);
}

TEST_CASE("storage: a buffer is filled to its end, however long it is") {
  for (const std::int64_t count : {std::int64_t{1}, std::int64_t{1} << 18, (std::int64_t{1} << 18) + 3}) {
    Store one;
    const int floats = one.buffer({.name = "a", .role = Role::optimizer, .shape = {count}, .fill = 0.5});
    const int doubles =
        one.buffer({.name = "b", .role = Role::optimizer, .type = Type::f64, .shape = {count}, .fill = -2});
    const auto cpu = cpu_device({.threads = 1});
    const Storage filled(*cpu, one);
    std::vector<float> a(static_cast<std::size_t>(count));
    std::vector<double> b(a.size());
    filled.read(floats, std::span(a));
    filled.read(doubles, std::span(b));
    CHECK(a == std::vector<float>(a.size(), 0.5f));
    CHECK(b == std::vector<double>(b.size(), -2.));
  }
}

}  // namespace
}  // namespace deepobs
