#include "tests/kernels/ops/convolution/gpu_conv.h"

#include "engine/graph/graph.h"
#include "engine/run/program.h"
#include "tests/golden/hash_values.h"

namespace deepobs {
namespace {

// The library finds its bodies by name; nobody calls this one.
void no_body(const Call&) {}
Op op_by_name(std::string_view name, std::span<const Operand> operands) {
  return {.name = name, .operands = operands, .cpu = {no_body, no_body, no_body}};
}

/// -1, 0 or 1.
std::vector<float> operand(std::uint64_t stream, std::int64_t count) {
  std::vector<float> values;
  for (std::int64_t i = 0; i < count; ++i)
    values.push_back(static_cast<float>(hash_label(stream, static_cast<std::uint64_t>(i), 3) - 1));
  return values;
}

std::vector<float> as_krsc(const std::vector<float>& hwck, std::int64_t window, std::int64_t c_out) {
  std::vector<float> turned(hwck.size());
  for (std::int64_t t = 0; t < window; ++t)
    for (std::int64_t k = 0; k < c_out; ++k)
      turned[static_cast<std::size_t>(k * window + t)] = hwck[static_cast<std::size_t>(t * c_out + k)];
  return turned;
}

void write(Storage& storage, int buffer, Type type, const std::vector<float>& values) {
  if (type == Type::f32) return storage.write<float>(buffer, values);
  std::vector<Bf16> narrow;
  for (const float value : values) narrow.push_back(bf16_of(value));
  storage.write<Bf16>(buffer, narrow);
}

std::vector<float> read(const Program& program, Value value) {
  const auto count = static_cast<std::size_t>(value.shape().elements());
  std::vector<float> values(count);
  if (value.type() == Type::f32) {
    program.read<float>(value, values);
    return values;
  }
  std::vector<Bf16> narrow(count);
  program.read<Bf16>(value, narrow);
  for (std::size_t i = 0; i < count; ++i) values[i] = f32_of(narrow[i]);
  return values;
}

}  // namespace

ConvGeometry square_conv(std::int64_t n, std::int64_t size, std::int64_t c_in, std::int64_t kernel, std::int64_t c_out,
                         std::int64_t stride, std::int64_t padding) {
  const std::int64_t out = (size + 2 * padding - kernel) / stride + 1;
  return {.n = n,
          .h = size,
          .w = size,
          .c_in = c_in,
          .kh = kernel,
          .kw = kernel,
          .c_out = c_out,
          .stride_h = stride,
          .stride_w = stride,
          .pad_top = padding,
          .pad_bottom = padding,
          .pad_left = padding,
          .pad_right = padding,
          .out_h = out,
          .out_w = out};
}

GpuConv::Results GpuConv::run(Device& device) const {
  const ConvGeometry& g = geometry;
  const Type type = precision == Precision::bf16 ? Type::bf16 : Type::f32, filter = krsc ? type : Type::f32;
  const Shape of_x{g.n, g.h, g.w, g.c_in}, of_y{g.n, g.out_h, g.out_w, g.c_out};
  const Shape of_w = krsc ? Shape{g.c_out, g.kh, g.kw, g.c_in} : Shape{g.kh, g.kw, g.c_in, g.c_out};
  Store store;
  Graph graph(store);
  const Value x = graph.input("x", type, of_x), w = graph.input("w", filter, of_w);
  const Value b = graph.input("b", Type::f32, {g.c_out}), dy = graph.input("dy", type, of_y);
  const auto attributes = [&] { return Attributes::of(ConvAttributes{.geometry = g, .krsc = krsc}); };
  const Place here = Place::current();
  const Operand of_forward[]{{"x", type}, {"w", filter}, {"b"}}, of_data_gradient[]{{"dy", type}, {"w", filter}},
      of_weight_gradient[]{{"x", type}, {"dy", type}};
  const Op forward_op = op_by_name("conv2d", of_forward);
  const Op data_gradient_op = op_by_name("conv2d_data_gradient", of_data_gradient);
  const Op weight_gradient_op = op_by_name("conv2d_weight_gradient", of_weight_gradient);
  const Value y = graph.record(forward_op, {x, w, b}, {{of_y, type}}, attributes(), here).out[0];
  const Value dx = graph.record(data_gradient_op, {dy, w}, {{of_x, type}}, attributes(), here).out[0];
  const Node gradients = graph.record(weight_gradient_op, {x, dy},
                                      {{of_w, filter}, {{bias_gradient ? g.c_out : 0}}, {{0}}}, attributes(), here);
  for (const Value& value : {y, dx, gradients.out[0], gradients.out[1]}) graph.keep(value);
  const Plan plan = make_plan(graph);
  Storage storage(device, store);
  const auto weights = operand(2, g.window() * g.c_out);
  write(storage, store.find("x"), type, operand(1, of_x.elements()));
  write(storage, store.find("w"), filter, krsc ? as_krsc(weights, g.window(), g.c_out) : weights);
  write(storage, store.find("b"), Type::f32, operand(3, g.c_out));
  write(storage, store.find("dy"), type, operand(4, of_y.elements()));
  Program program(graph, plan, storage);
  program.poison(0xFF);
  program.run({});
  Results results{read(program, y), read(program, dx), read(program, gradients.out[0]),
                  read(program, gradients.out[1])};
  if (krsc) results.dw = as_krsc(results.dw, g.c_out, g.window());  // and back
  return results;
}

GpuConv::Results GpuConv::expected() const {
  const ConvGeometry& g = geometry;
  const auto x = operand(1, g.n * g.h * g.w * g.c_in), w = operand(2, g.window() * g.c_out), b = operand(3, g.c_out);
  const auto dy = operand(4, g.out_pixels() * g.c_out);
  Results all{std::vector<float>(dy.size()), std::vector<float>(x.size()), std::vector<float>(w.size()),
              std::vector<float>(bias_gradient ? b.size() : 0)};
  for (std::int64_t pixel = 0; pixel < g.out_pixels(); ++pixel)
    for (std::int64_t k = 0; k < g.c_out; ++k) {
      const auto at_y = static_cast<std::size_t>(pixel * g.c_out + k);
      all.y[at_y] += b[static_cast<std::size_t>(k)];
      if (bias_gradient) all.db[static_cast<std::size_t>(k)] += dy[at_y];
      for (std::int64_t t = 0; t < g.window(); ++t) {
        const std::int64_t c = t % g.c_in, v = t / g.c_in % g.kw, u = t / g.c_in / g.kw;
        const std::int64_t row = pixel / g.out_w % g.out_h * g.stride_h - g.pad_top + u;
        const std::int64_t column = pixel % g.out_w * g.stride_w - g.pad_left + v;
        if (row < 0 || row >= g.h || column < 0 || column >= g.w) continue;
        const std::int64_t image = pixel / g.out_w / g.out_h;
        const auto at_x = static_cast<std::size_t>(((image * g.h + row) * g.w + column) * g.c_in + c);
        const auto at_w = static_cast<std::size_t>(t * g.c_out + k);
        all.y[at_y] += x[at_x] * w[at_w];
        all.dx[at_x] += dy[at_y] * w[at_w];
        all.dw[at_w] += dy[at_y] * x[at_x];
      }
    }
  return all;
}

}  // namespace deepobs
