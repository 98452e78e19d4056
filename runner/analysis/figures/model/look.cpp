#include "runner/analysis/figures/model/look.h"

#include <algorithm>
#include <array>
#include <optional>

#include "engine/base/check.h"
#include "engine/base/printable.h"

namespace deepobs {
namespace {

constexpr std::size_t six = 6, ten = 10;

struct ReservedPlace {
  std::string_view name;
  std::size_t place;
};

/// The names of DeepOBS 1.1's optimizers stand beside the others.
constexpr std::array reserved{
    ReservedPlace{"SGD", 0},      ReservedPlace{"GradientDescentOptimizer", 0},
    ReservedPlace{"Momentum", 1}, ReservedPlace{"MomentumOptimizer", 1},
    ReservedPlace{"Adam", 2},     ReservedPlace{"AdamOptimizer", 2},
    ReservedPlace{"AdamW", 3},    ReservedPlace{"RMSprop", 4},
    ReservedPlace{"RMSProp", 4},  ReservedPlace{"RMSPropOptimizer", 4},
};

std::optional<std::size_t> reserved_place(std::string_view name) {
  for (const ReservedPlace& one : reserved)
    if (one.name == name) return one.place;
  return std::nullopt;
}

/// Each name's place: its own where nobody took it, else the first free one.
std::vector<std::size_t> places_of(std::span<const std::string> names) {
  std::vector<std::size_t> places(names.size());
  std::vector<bool> is_placed(names.size()), is_taken(names.size() + reserved.size());
  for (std::size_t i = 0; i < names.size(); ++i) {
    const std::optional<std::size_t> place = reserved_place(names[i]);
    if (!place || is_taken[*place]) continue;
    places[i] = *place;
    is_placed[i] = is_taken[*place] = true;
  }
  std::size_t next = 0;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (is_placed[i]) continue;
    while (is_taken[next]) ++next;
    places[i] = next;
    is_taken[next] = true;
  }
  return places;
}

/// Places from `count` on, which reserved ones can have beside few others, are never there: five are reserved.
Look look_at(std::size_t place, PaletteColour colour) {
  return {colour, static_cast<Dash>(place % dash_count),
          static_cast<Marker>((place + place / dash_count) % marker_count)};
}

}  // namespace

Looks::Looks(std::span<const std::string> names, std::span<const std::string> highlighted)
    : names_(names.begin(), names.end()) {
  std::sort(names_.begin(), names_.end());
  names_.erase(std::unique(names_.begin(), names_.end()), names_.end());
  require(highlighted.size() <= six, Fault::usage, "at most ", six, " optimizers can be highlighted, and ",
          highlighted.size(), " names came");
  for (const std::string& name : highlighted)
    require(std::binary_search(names_.begin(), names_.end(), name), Fault::usage, "cannot highlight ", printable(name),
            ": the figures have no such optimizer");

  const std::vector<std::size_t> places = places_of(names_);
  std::size_t coloured = 0;
  for (std::size_t i = 0; i < names_.size(); ++i) {
    const std::size_t place = places[i];
    if (names_.size() <= six) {
      looks_.push_back(look_at(place, {Palette::six, place}));
    } else if (names_.size() <= ten) {
      looks_.push_back(look_at(place, {Palette::ten, place}));
    } else if (highlighted.empty()
                   ? place < 5 && reserved_place(names_[i]).has_value()
                   : std::find(highlighted.begin(), highlighted.end(), names_[i]) != highlighted.end()) {
      looks_.push_back(look_at(place, {Palette::six, highlighted.empty() ? place : coloured++}));
    } else {
      looks_.push_back(look_at(place, {Palette::grey, 0}));
    }
  }
}

const Look& Looks::of(std::string_view name) const {
  const auto found = std::lower_bound(names_.begin(), names_.end(), name);
  require(found != names_.end() && *found == name, Fault::usage, "no look was made for the optimizer ", printable(name),
          ": Looks needs the names of all");
  return looks_[static_cast<std::size_t>(found - names_.begin())];
}

}  // namespace deepobs
