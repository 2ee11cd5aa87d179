#include "mail/maildrop_format.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace posthouse::mail {

bool is_maildrop_name(std::string_view name) { return !name.empty() && name.size() <= 64 && std::ranges::all_of(name, base::is_alnum); }

std::string encode_maildrop(Submission submission, std::string_view content) {
    submission.content_size = content.size();
    std::string out = encode_head(submission);
    out += content;
    return out;
}

base::Result<MaildropView> decode_maildrop(std::string_view file) {
    SubmissionDecoder decoder;
    for (;;) {
        const std::size_t newline = file.substr(0, record_length_max + 1).find('\n');
        if (newline == std::string_view::npos) {
            return base::fail(base::ErrorKind::invalid, "maildrop file is cut short");
        }
        const auto state = decoder.feed(file.substr(0, newline));
        if (!state) {
            return std::unexpected(state.error());
        }
        file.remove_prefix(newline + 1);
        if (*state == SubmissionDecoder::State::content_follows) {
            break;
        }
    }
    if (file.size() != decoder.submission().content_size) {
        return base::fail(base::ErrorKind::invalid, "maildrop file has not the size that it says");
    }
    return MaildropView{std::move(decoder.submission()), file};
}

}  // namespace posthouse::mail
