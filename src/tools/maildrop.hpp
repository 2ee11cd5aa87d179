#pragma once
// The maildrop folder: where sendmail leaves mail while no server runs.
#include <chrono>
#include <functional>

#include "base/result.hpp"
#include "mail/submission.hpp"
#include "tools/queue_listing.hpp"

namespace posthouse::tools {

/// On stable storage when it returns, under a name that pickup looks for.
[[nodiscard]] base::Result<void> write_maildrop(const std::string& queue_directory, const mail::Submission& submission, std::string_view content);

/// Deletes the file of this name, or all ("ALL"), and then what else has that name or ID: how many it were together. An error of `others` counts
/// unless the file was all there was to delete.
[[nodiscard]] base::Result<std::uint64_t> remove_maildrop_and(const std::string& queue_directory, const std::string& name, const std::function<base::Result<std::uint64_t>()>& others);

/// Removes unfinished files ("tmp.…") that nobody touched for so long.
void purge_maildrop(const std::string& queue_directory, std::chrono::hours age);

/// What waits there, for postqueue; files that cannot be read are left out.
void list_maildrop(const std::string& queue_directory, const std::function<void(const QueueEntry&)>& show);

}  // namespace posthouse::tools
