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

// RFC 6533 §3: beyond ASCII the type is utf-8, in the form that servers without SMTPUTF8 can take, too. Bytes that are no
// UTF-8 have no form; without ORCPT the next server makes up its own.
std::string orcpt(std::string_view type, std::string_view address) {
    const bool international = !std::all_of(address.begin(), address.end(), base::is_ascii);
    const bool mail_address = base::iequals(type, "rfc822") || base::iequals(type, "utf-8");
    if (!mail_address || (!international && base::iequals(type, "rfc822"))) {
        return base::format(" ORCPT={};{}", type, smtp::xtext_encode(address));
    }
    const auto encoded = smtp::utf8_xtext_encode(address);
    return encoded ? " ORCPT=utf-8;" + *encoded : std::string();
}

// The address as the client gave it is what its sender knows.
std::string orcpt_parameter(const mail::Recipient& recipient, std::string_view address) {
    if (!recipient.original_recipient.empty()) {
        const auto parts = base::split_once(recipient.original_recipient, ';');
        return parts ? orcpt(parts->first, parts->second) : std::string();
    }
    return orcpt("rfc822", smtp::quote_address(recipient.original_address.empty() ? address : std::string_view(recipient.original_address)));
}

// What would end the path or the line is quoted in any case.
std::string written(std::string_view address, const EnvelopeStyle& style) {
    return style.quoted || address.find_first_of("<> \r\n") != std::string_view::npos ? smtp::quote_address(address) : std::string(address);
}

bool is_ascii_text(std::string_view text) {
    return std::all_of(text.begin(), text.end(), base::is_ascii);
}

}  // namespace

std::string mail_command(const mail::Envelope& envelope, const smtp::Extensions& extensions, const EnvelopeStyle& style) {
    std::string out;
    base::append_all(out, {"MAIL FROM:<", written(envelope.reverse_path.address(), style), ">"});
    // Only to a server that named its limit, as Postfix does: it is for that limit that we tell our size.
    if (extensions.size && extensions.size_limit > 0 && envelope.size.count > 0) {
        out += " SIZE=";
        base::append_number(out, envelope.size.count);
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
    if (style.dummy_auth) {
        out += " AUTH=<>";
    }
    return out + "\r\n";
}

std::string rcpt_command(const mail::Recipient& recipient, std::string_view address,
                         const smtp::Extensions& extensions, const EnvelopeStyle& style) {
    std::string out;
    base::append_all(out, {"RCPT TO:<", written(address, style), ">"});
    if (extensions.dsn) {
        out += orcpt_parameter(recipient, address);
        out += notify_parameter(recipient.notify);
    }
    return out + "\r\n";
}

std::vector<std::string> xforward_commands(const mail::Origin& origin, mail::QueueId id,
                                           const std::vector<std::string>& offered) {
    struct Attribute {
        std::string_view name;
        std::string value;
    };
    const auto known = [](const std::string& text) { return text == "unknown" ? std::string() : text; };
    const bool local = origin.client_address.empty();
    // Two lines, so that none gets longer than 512 bytes.
    const std::vector<Attribute> lines[] = {
        {{"NAME", known(origin.client_name)}, {"ADDR", known(origin.client_address)}},
        {{"PROTO", origin.protocol}, {"HELO", origin.helo_name}, {"IDENT", id.text()}, {"SOURCE", local ? "LOCAL" : "REMOTE"}}};
    std::vector<std::string> out;
    for (const auto& line : lines) {
        std::string text;
        for (const auto& [name, value] : line) {
            if (std::find(offered.begin(), offered.end(), name) != offered.end()) {
                base::append_format(text, " {}={}", name, value.empty() ? "[UNAVAILABLE]" : smtp::xtext_encode(value));
            }
        }
        if (!text.empty()) {
            out.push_back("XFORWARD" + text);
        }
    }
    return out;
}

bool needs_smtputf8(const mail::Envelope& envelope, const std::vector<std::string>& recipients, std::string_view content_start) {
    if (!envelope.smtputf8) {
        return false;
    }
    return !is_ascii_text(envelope.reverse_path.address()) ||
           !is_ascii_text(content_start.substr(0, content_start.find("\r\n\r\n"))) ||
           !std::all_of(recipients.begin(), recipients.end(), is_ascii_text);
}

}  // namespace posthouse::deliver
