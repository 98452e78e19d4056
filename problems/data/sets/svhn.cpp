#include "problems/data/formats/svhn_format.h"

namespace deepobs {

/// Netzer, Wang, Coates, Bissacco, Wu, Ng, "Reading Digits in Natural Images with Unsupervised Feature Learning", NIPS
/// workshop 2011: the cropped digits, format 2. The extra images are not used. DeepOBS 1.1 reads the first 64,000
/// training images only, by mistake; 1.2 reads all.
DatasetInfo svhn() {
  return {.name = "svhn",
          .title = "SVHN",
          .columns = {image_column(32, 32, 3), label_column(10)},
          .train = 73257,
          .test = 26032,
          .format = svhn_format(),
          .folders = {"svhn", "SVHN"},
          .files = {{{"train_32x32.mat"}, DataPart::train, {"images", "labels"}, 73257, {}},
                    {{"test_32x32.mat"}, DataPart::test, {"images", "labels"}, 26032, {}}},
          .how_to_get =
              "http://ufldl.stanford.edu/housenumbers/train_32x32.mat (182040794 bytes, MD5 "
              "e26dedcc434d2e4c54c9b2d4a06d8373) and test_32x32.mat (64275384 bytes, MD5 "
              "eb5a983be6a315427106f1b164d9cef3), into FOLDER"};
}

}  // namespace deepobs
