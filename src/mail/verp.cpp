#include "mail/verp.hpp"

namespace posthouse::mail {

namespace {

struct Parts {
    std::string_view local, domain;  // without '@': all is local
};

Parts parts_of(std::string_view address) {
    const std::size_t at = address.rfind('@');
    return at == std::string_view::npos ? Parts{address, {}} : Parts{address.substr(0, at), address.substr(at + 1)};
}

}  // namespace

bool are_verp_delimiters(std::string_view text, std::string_view filter) {
    return text.size() == 2 && filter.find(text[0]) != std::string_view::npos && filter.find(text[1]) != std::string_view::npos;
}

ReversePath sender_for(const Envelope& envelope, const Recipient& recipient) {
    if (envelope.verp_delimiters.size() != 2 || envelope.reverse_path.is_null()) {
        return envelope.reverse_path;
    }
    const Parts owner = parts_of(envelope.reverse_path.address());
    const Parts user = parts_of(recipient.original_address.empty() ? recipient.address : recipient.original_address);
    std::string out(owner.local);
    out += envelope.verp_delimiters[0];
    out += user.local;
    if (!user.domain.empty()) {
        out += envelope.verp_delimiters[1];
        out += user.domain;
    }
    if (!owner.domain.empty()) {
        out += '@';
        out += owner.domain;
    }
    return ReversePath(std::move(out));
}

Envelope envelope_for(const Envelope& envelope, const Recipient& recipient) {
    Envelope out;
    out.reverse_path = sender_for(envelope, recipient);
    out.recipients = {recipient};
    out.envelope_id = envelope.envelope_id;
    out.ret = envelope.ret;
    out.body = envelope.body;
    out.smtputf8 = envelope.smtputf8;
    out.content_filter = envelope.content_filter;
    out.purpose = envelope.purpose;
    out.origin = envelope.origin;
    out.arrival = envelope.arrival;
    out.size = envelope.size;
    return out;
}

}  // namespace posthouse::mail
