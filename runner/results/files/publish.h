#pragma once

#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace deepobs {

/// Puts a finished result into the results tree, once and for all: the file is complete and on the disk when it
/// appears; nothing that is there is ever overwritten; and no folder of the tree is ever seen without a complete file
/// in it, because DeepOBS's analyzers fail on such folders. Holds against other processes that publish at the same
/// time (also over NFS), against being killed, and against a full disk.
///
/// `folder` is relative to `results_root`, both are created when missing. The file is called name_for(0), or, as long
/// as a file of that name exists, name_for(1), name_for(2) ... Returns the absolute path of the new file.
///
/// Unfinished work lies in a folder beside the results, `<results>.work/`, because DeepOBS's analyzers take every
/// folder at the top of the results, also a hidden one, for a problem. Where that cannot be (the folder above is closed
/// to this user, or the results are the root of a mounted file system) it lies inside, in a hidden folder at the top,
/// for the moment that it takes. It is gone afterwards; what a killed process leaves, the next one removes (claim.h).
///
/// A complete result that cannot be put into place is kept in the first of these that takes it: `<results>.work/`, the
/// top of the results, the system's folder for temporary files (TMPDIR), /tmp; as a file NAME.json.kept that nothing
/// here ever touches. The message says where. If none takes it, the message ends with the result.
///
/// Errors: io with the path, the system's text and the number of bytes. usage for a results folder that can be none.
std::filesystem::path publish(const std::filesystem::path& results_root, const std::filesystem::path& folder,
                              const std::function<std::string(int attempt)>& name_for, std::string_view bytes);

/// The folder `<results>.work`, beside the place where the results really lie (without symbolic links): what is not
/// finished has room there, out of sight of every analyzer. Errors: as publish(), for a results folder that can be
/// none.
std::filesystem::path work_folder(const std::filesystem::path& results_root);

/// Tries now, before hours of training, what publish() will do for each of these folders, as far as they are there;
/// throws what it would throw.
/// Leaves nothing behind: results that are not there yet are tried in a hidden folder of the next one above that is. A
/// disk that fills up later cannot be foreseen.
void check_publishable(const std::filesystem::path& results_root, std::span<const std::filesystem::path> folders);
void check_publishable(const std::filesystem::path& results_root, const std::filesystem::path& folder = {});

}  // namespace deepobs
