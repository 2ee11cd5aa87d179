#include "deliver/smtp/envelope_commands.hpp"

#include <algorithm>

#include "base/format.hpp"
#include "base/text.hpp"
#include "smtp/address.hpp"
#include "smtp/xtext.hpp"

namespace posthouse::deliver {
namespace {

std::string_view body_parameter(mail::BodyType body) {
    switch (body) {
        case mail::BodyType::unset:
            return "";
        case mail::BodyType::seven_bit:
            return " BODY=7BIT";
        case mail::BodyType::eight_bit_mime:
            return " BODY=8BITMIME";
    }
    return "";
}

std::string notify_parameter(const mail::DsnNotify& notify) {
    if (notify.never) {
        return " NOTIFY=NEVER";
    }
    std::string out;
    const auto add = [&out](bool set, std::string_view word) {
        if (set) {
            out += out.empty() ? " NOTIFY=" : ",";
            out += word;
        }
    };
    add(notify.success, "SUCCESS");
    add(notify.failure, "FAILURE");
    add(notify.delay, "DELAY");
    return out;
}

// The address as the client gave it is what its sender knows. UTF-8 would need RFC 6533's own type, which Postfix makes
// only where SMTPUTF8 was negotiated; without ORCPT the next server makes up its own.
std::string orcpt_parameter(const mail::Recipient& recipient, std::string_view address) {
    if (!recipient.original_recipient.empty()) {
        const auto parts = base::split_once(recipient.original_recipient, ';');
        return parts ? base::format(" ORCPT={};{}", parts->first, smtp::xtext_encode(parts->second)) : std::string();
    }
    const std::string_view original =
        recipient.original_address.empty() ? address : std::string_view(recipient.original_address);
    if (!std::all_of(original.begin(), original.end(), base::is_ascii)) {
        return {};
    }
    return " ORCPT=rfc822;" + smtp::xtext_encode(smtp::quote_address(original));
}

}  // namespace

std::string mail_command(const mail::Envelope& envelope, const smtp::Extensions& extensions) {
    std::string out = base::format("MAIL FROM:<{}>", smtp::quote_address(envelope.reverse_path.address()));
    // Only to a server that named its limit, as Postfix does: it is for that limit that we tell our size.
    if (extensions.size && extensions.size_limit > 0 && envelope.size.count > 0) {
        base::append_format(out, " SIZE={}", envelope.size.count);
    }
    if (extensions.eightbitmime) {
        out += body_parameter(envelope.body);
    }
    if (extensions.dsn) {
        if (!envelope.envelope_id.empty()) {
            out += " ENVID=" + smtp::xtext_encode(envelope.envelope_id);
        }
        if (envelope.ret != mail::DsnRet::unset) {
            out += envelope.ret == mail::DsnRet::full ? " RET=FULL" : " RET=HDRS";
        }
    }
    if (extensions.smtputf8 && envelope.smtputf8) {
        out += " SMTPUTF8";
    }
    return out + "\r\n";
}

std::string rcpt_command(const mail::Recipient& recipient, std::string_view address,
                         const smtp::Extensions& extensions) {
    std::string out = base::format("RCPT TO:<{}>", smtp::quote_address(address));
    if (extensions.dsn) {
        out += orcpt_parameter(recipient, address);
        out += notify_parameter(recipient.notify);
    }
    return out + "\r\n";
}

}  // namespace posthouse::deliver
