#pragma once
// The header on its way in: fields that must not travel are dropped, hops are counted, and what RFC 5322 requires of a
// message of our own clients is completed (Message-Id, Date, From). Pure.
#include <string>
#include <string_view>

#include "cleanup/settings.hpp"
#include "mail/envelope.hpp"
#include "mail/queue_id.hpp"
#include "message/header_scanner.hpp"

namespace posthouse::cleanup {

class HeaderStage {
public:
    explicit HeaderStage(const CleanupSettings& settings);

    /// Passes content through; what is to be stored is appended to `out`. Content is CRLF lines in blocks of any size.
    void feed(std::string_view bytes, std::string& out);
    /// The content ends here.
    void finish(std::string& out);
    /// Before the first feed(): what completion needs to know.
    void set_completion(const mail::Envelope& envelope, mail::QueueId id);

    /// Whether a field has bytes that are not ASCII; looked for only if asked before the first feed().
    void look_for_utf8() { looks_for_utf8_ = true; }
    [[nodiscard]] bool is_international() const { return is_international_; }
    /// By its Content-Transfer-Encoding.
    [[nodiscard]] bool says_8bit() const { return says_8bit_; }
    [[nodiscard]] std::size_t hops() const { return hops_; }
    /// Of the message, given or made: "<…>"; empty: none.
    [[nodiscard]] const std::string& message_id() const { return message_id_; }
    [[nodiscard]] bool header_ended() const { return ended_; }

private:
    void take(const message::HeaderField& field, std::string& out);
    void end_header(std::string& out);
    void complete(std::string& out);

    const CleanupSettings& settings_;
    message::HeaderScanner scanner_;
    std::vector<message::HeaderField> fields_;
    bool completes_ = false;
    bool resent_ = false;
    bool says_8bit_ = false;
    bool looks_for_utf8_ = false, is_international_ = false;
    bool has_recipients_ = false;  // To, Cc and their Resent- kin
    bool has_message_id_ = false, has_date_ = false, has_from_ = false;
    bool has_resent_message_id_ = false, has_resent_date_ = false, has_resent_from_ = false;
    bool ended_ = false;
    std::size_t hops_ = 0;
    std::string message_id_;
    std::string sender_;
    mail::QueueId id_;
    world::WallTime arrival_;
};

}  // namespace posthouse::cleanup
