#pragma once
// Submission: a message that a local program hands in, as records: one "mail" line, one "recipient" line each, one "content"
// line with the size, then that many bytes. The body of a submit request and the whole of a maildrop file look the same.
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "mail/record.hpp"
#include "mail/envelope.hpp"

namespace posthouse::mail {

/// Far above any default_destination_recipient_limit; a program that needs more sends twice.
inline constexpr std::size_t submission_recipients_max = 50'000;
inline constexpr std::size_t submission_address_length_max = 2048;

struct Submission {
    Envelope envelope;        // arrival and origin are for the server to fill in
    std::uint32_t uid = 0;          // as the submitter says: for the log only
    std::uint64_t content_size = 0;
};

/// The head: everything before the content.
[[nodiscard]] std::string encode_head(const Submission& submission);

/// Reads a head line by line.
class SubmissionDecoder {
public:
    enum class State : std::uint8_t { more, content_follows };
    /// ErrorKind::invalid or limit: the submission is refused as a whole.
    [[nodiscard]] base::Result<State> feed(std::string_view line);
    [[nodiscard]] Submission& submission() { return submission_; }

private:
    [[nodiscard]] base::Result<void> take_mail(const Record& record);
    [[nodiscard]] base::Result<void> take_recipient(const Record& record);

    Submission submission_;
    bool has_mail_ = false;
};

}  // namespace posthouse::mail
