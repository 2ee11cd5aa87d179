#pragma once
// What a message's blocks go through on their way to the wire: conversion for a server without 8BITMIME, then smtp_header_checks(5) and its
// kin, then the encoder. Usually there is only the encoder.
#include <memory>
#include <optional>

#include "checks/content_check.hpp"
#include "deliver/smtp/body_encoder.hpp"
#include "deliver/smtp/check_notes.hpp"
#include "deliver/smtp/settings.hpp"
#include "message/mime_downgrade.hpp"

namespace posthouse::deliver {

enum class Downgrade : std::uint8_t { no, to_seven_bit };

class OutgoingContent {
public:
    /// `checks` without a list: nothing is checked. Everything is borrowed.
    OutgoingContent(const SmtpSettings& settings, BodyEncoder::Framing framing, Downgrade downgrade, const checks::CheckSet& checks, CheckNotes& notes);

    /// False: append() and finish() need no table.
    [[nodiscard]] bool is_checked() const { return check_ != nullptr; }
    /// Appends what is sent for `block` to `out`; the result is the same for every way to cut the content into blocks.
    void append(std::string_view block, std::string& out);
    /// Ends the content, and the data as BodyEncoder does.
    void finish(std::string& out);

    /// The same for content that is checked; the caller awaits on the spot.
    using Answered = checks::ContentCheck::Answered;
    [[nodiscard]] world::Task<Answered> append_checked(std::string_view block, std::string& out);
    [[nodiscard]] world::Task<Answered> finish_checked(std::string& out);

private:
    BodyEncoder encoder_;
    std::optional<message::MimeDowngrade> downgrade_;
    std::unique_ptr<checks::ContentCheck> check_;
    std::string downgraded_, checked_;
};

}  // namespace posthouse::deliver
