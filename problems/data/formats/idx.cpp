#include "problems/data/formats/idx.h"

#include <iomanip>
#include <sstream>

#include "engine/base/check.h"

namespace deepobs {
namespace {

constexpr std::uint32_t unsigned_bytes = 0x0800;  // the element type, in the second lowest byte of the magic number

std::uint64_t header_bytes(const IdxForm& form) { return 4 * (2 + form.item.size()); }

std::uint64_t item_bytes(const IdxForm& form) {
  std::uint64_t product = 1;
  for (const std::int64_t extent : form.item) product *= static_cast<std::uint64_t>(extent);
  return product;
}

std::string magic_text(std::uint32_t magic) {
  std::ostringstream out;
  out << magic << " (0x" << std::hex << std::setw(8) << std::setfill('0') << magic << ')';
  return out.str();
}

/// One big-endian header word.
std::uint32_t read_word(FileBytes& bytes, const IdxForm& form) {
  std::uint8_t word[4] = {};
  const std::size_t came = bytes.read(word);
  require(came == sizeof word, Fault::data, bytes.name(), ": ends at byte ", bytes.position(),
          " inside its IDX header of ", header_bytes(form), " bytes; the file is cut off, get it again");
  return std::uint32_t{word[0]} << 24 | std::uint32_t{word[1]} << 16 | std::uint32_t{word[2]} << 8 | word[3];
}

}  // namespace

IdxFile::IdxFile(const std::filesystem::path& file, const IdxForm& form)
    // The largest legal file; whatever unfolds to more ends there.
    : bytes_(file, header_bytes(form) + static_cast<std::uint64_t>(form.max_count) * item_bytes(form)) {
  const std::uint32_t wanted = unsigned_bytes | static_cast<std::uint32_t>(1 + form.item.size());
  const std::uint32_t magic = read_word(bytes_, form);
  const bool other_rank = magic >= (unsigned_bytes | 1) && magic <= (unsigned_bytes | 4);
  require(magic == wanted, Fault::data, bytes_.name(), ": begins with the magic number ", magic_text(magic), ", not ",
          magic_text(wanted), " of an IDX file of bytes with ", 1 + form.item.size(), " extents",
          other_rank ? "; are images and labels swapped?" : "");

  count_ = read_word(bytes_, form);
  require(count_ > 0, Fault::data, bytes_.name(), ": holds 0 records");
  require(count_ <= form.max_count, Fault::data, bytes_.name(), ": its header announces ", count_,
          " records; the official file has ", form.max_count);
  for (std::size_t axis = 0; axis < form.item.size(); ++axis) {
    const std::uint32_t extent = read_word(bytes_, form);
    require(extent == static_cast<std::uint64_t>(form.item[axis]), Fault::data, bytes_.name(), ": extent ", axis + 1,
            " (byte ", bytes_.position() - 4, ") is ", extent, "; ", form.item[axis], " expected");
  }

  payload_ = static_cast<std::uint64_t>(count_) * item_bytes(form);
  const std::uint64_t announced = header_bytes(form) + payload_;
  // A gzip file tells its unpacked size only when unpacked; read() sees to it.
  require(bytes_.gzip() || bytes_.size_on_disk() == announced, Fault::data, bytes_.name(), ": has ",
          bytes_.size_on_disk(), " bytes; its header announces ", announced, ", ", count_, " records of ",
          item_bytes(form));
}

void IdxFile::check_length() {
  if (bytes_.gzip() && bytes_.last_member_bytes() != static_cast<std::uint32_t>(bytes_.position() + payload_)) read();
}

std::vector<std::uint8_t> IdxFile::read() {
  std::vector<std::uint8_t> payload(payload_);
  const std::uint64_t begin = bytes_.position();
  const std::size_t came = bytes_.read(payload);
  require(came == payload_, Fault::data, bytes_.name(), ": ends at byte ", bytes_.position(),
          bytes_.gzip() ? " unpacked" : "", "; its header announces ", begin + payload_, ", ", count_, " records");
  bytes_.expect_end();
  return payload;
}

}  // namespace deepobs
