#include "problems/data/formats/text_format.h"

namespace deepobs {

/// "War and Peace", translated by Louise and Aylmer Maude, as DeepOBS 1.1 prepares it from the e-book: without front
/// matter and licence, its line ends kept.
DatasetInfo tolstoi() {
  constexpr std::int64_t characters = 3'266'185;
  return {.name = "tolstoi",
          .title = "War and Peace",
          .columns = {{.name = "characters", .type = Type::i32, .kinds = 83, .kinds_name = "symbols"}},
          .train = 2'612'948,
          .test = 653'237,
          .format = text_format(),
          .folders = {"tolstoi"},
          .files = {{{"input.txt"}, {}, {"characters"}, characters, 0x63ce60ed}},
          .how_to_get =
              "war-and-peace.txt (attic/sequences/ of github.com/AllenDowney/fluent-python-notebooks; Project "
              "Gutenberg's e-book 2600), prepared by sed: sed 1,29d war-and-peace.txt | sed 5,775d | sed "
              "63850,64207d > FOLDER/input.txt (3266202 bytes, MD5 bd1e094502d466b56a711e00b3f71b14)"};
}

}  // namespace deepobs
