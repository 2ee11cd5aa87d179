#pragma once
// For tests and fuzz targets: one client's bytes, cut into segments in different ways, and all that can be seen afterwards.
#include "base/assert.hpp"
#include "receive/session_rig_test.hpp"

namespace posthouse::receive::scripted {

struct Seen {
    std::string replies;
    std::vector<std::string> envelopes;  // of what was accepted
    std::vector<std::string> contents;   // and its content, in the same order
    std::vector<std::string> events;
    bool operator==(const Seen&) const = default;
};

struct SegmentedSession {
    SmtpdSettings::ForbidBareNewline bare_newline = SmtpdSettings::ForbidBareNewline::normalize;
    std::size_t line_length_limit = 2048;
    bool is_proxy = false;  // the client may use XCLIENT and XFORWARD

    /// Plays `bytes` to a whole session; segment number n has 1 + sizes[n % size] bytes, all in one without sizes.
    [[nodiscard]] Seen play(std::string_view bytes, std::string_view sizes) const {
        SessionRig rig;
        rig.settings.smtpd_forbid_bare_newline = bare_newline;
        rig.settings.line_length_limit = line_length_limit;
        rig.settings.smtpd_hard_error_limit = 1000;
        rig.settings.smtpd_soft_error_limit = 1000;
        Wire wire;
        wire.clock = &rig.clock;
        for (std::size_t turn = 0; !bytes.empty(); ++turn) {
            const std::size_t wanted = sizes.empty() ? bytes.size() : 1U + static_cast<unsigned char>(sizes[turn % sizes.size()]);
            wire.input.emplace_back(bytes.substr(0, wanted));
            bytes.remove_prefix(wire.input.back().size());
        }
        auto service = std::make_shared<SmtpdService>(*rig.make_service());
        if (is_proxy) {
            const tables::OpenContext open{rig.files};
            service->xclient_hosts = std::make_shared<const tables::MatchList>(tables::MatchList::open_addresses("127.0.0.9", tables::ParentDomains::dot_prefix, open));
            service->xforward_hosts = service->xclient_hosts;
        }
        rig.tasks.spawn(SessionRig::serve(service, rig.doors(), wire));
        PH_ASSERT(rig.tasks.size() == 0 && rig.intake.open == 0);
        Seen seen;
        seen.replies = wire.sent;
        seen.events = rig.events.lines;
        std::erase_if(seen.events, [](const std::string& line) { return line.starts_with("improper command pipelining"); });  // is about segments
        for (const GatedIntake::Taken& taken : rig.intake.committed) {
            std::string text = taken.envelope.reverse_path.address() + '\n' + taken.envelope.envelope_id + '\n' + taken.envelope.origin.client_name + '\n' +
                               taken.envelope.origin.helo_name + '\n';
            for (const mail::Recipient& recipient : taken.envelope.recipients) {
                text += recipient.address + ' ' + recipient.original_recipient + '\n';
            }
            seen.envelopes.push_back(std::move(text));
            seen.contents.push_back(taken.content);
        }
        return seen;
    }
};

}  // namespace posthouse::receive::scripted
