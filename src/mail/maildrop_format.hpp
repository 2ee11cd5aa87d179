#pragma once
// Files in $queue_directory/maildrop: one submission each, made as "tmp.…", synced, renamed.
#include "mail/submission.hpp"

namespace posthouse::mail {

struct MaildropView {
    Submission submission;
    std::string_view content;  // belongs to the file's text; lines end in LF or CRLF
};

/// Names that the pickup scan leaves alone: unfinished files and what is not ours.
[[nodiscard]] bool is_maildrop_name(std::string_view name);

[[nodiscard]] std::string encode_maildrop(Submission submission, std::string_view content);
/// ErrorKind::invalid: not a submission, or cut short; such a file is to be set aside, not deleted.
[[nodiscard]] base::Result<MaildropView> decode_maildrop(std::string_view file);

}  // namespace posthouse::mail
