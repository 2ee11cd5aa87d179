#include "sasl/dovecot_protocol.hpp"

#include <limits>

#include "base/format.hpp"
#include "base/text.hpp"

namespace posthouse::sasl {

namespace {

// Dovecot's escapes: \001 and one of 1, t, r, n, 0.
std::string unescaped(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '\1' || i + 1 == text.size()) {
            out += text[i];
            continue;
        }
        switch (text[++i]) {
            case '1':
                out += '\1';
                break;
            case 't':
                out += '\t';
                break;
            case 'r':
                out += '\r';
                break;
            case 'n':
                out += '\n';
                break;
            case '0':
                out += '\0';
                break;
            default:
                out += text[i];
        }
    }
    return out;
}

// nullopt: a private mechanism, not for clients.
std::optional<Mechanism> mechanism_of(const std::vector<std::string_view>& fields) {
    Mechanism mechanism{base::upper(fields[1]), {}};
    for (std::size_t i = 2; i < fields.size(); ++i) {
        MechanismProperties& properties = mechanism.properties;
        if (fields[i] == "private") {
            return std::nullopt;
        }
        properties.plaintext |= fields[i] == "plaintext";
        properties.active |= fields[i] == "active";
        properties.dictionary |= fields[i] == "dictionary";
        properties.anonymous |= fields[i] == "anonymous";
        properties.forward_secrecy |= fields[i] == "forward-secrecy";
        properties.mutual_auth |= fields[i] == "mutual-auth";
    }
    return mechanism;
}

}  // namespace

base::Result<bool> DovecotGreeting::feed(std::string_view line) {
    if (++lines_ > lines_max) {
        return base::fail(base::ErrorKind::limit, "the authentication server's greeting does not end");
    }
    const auto fields = base::split_fields(line, '\t');
    if (fields[0] == "VERSION") {
        if (fields.size() < 2 || fields[1] != "1") {
            return base::fail(base::ErrorKind::unavailable, "unsupported authentication protocol version");
        }
        version_seen_ = true;
    } else if (fields[0] == "MECH" && fields.size() > 1 && !fields[1].empty()) {
        if (auto mechanism = mechanism_of(fields)) {
            mechanisms_.push_back(std::move(*mechanism));
        }
    } else if (fields[0] == "DONE") {
        if (!version_seen_) {
            return base::fail(base::ErrorKind::unavailable, "the authentication server did not tell its protocol version");
        }
        return true;
    }
    return false;
}

std::optional<DovecotReply> parse_dovecot_reply(std::string_view line) {
    const auto fields = base::split_fields(line, '\t');
    if (fields.size() < 2) {
        return std::nullopt;
    }
    const auto id = base::parse_number(fields[1]);
    if (!id || *id > std::numeric_limits<std::uint32_t>::max()) {
        return std::nullopt;
    }
    DovecotReply reply;
    reply.id = static_cast<std::uint32_t>(*id);
    if (fields[0] == "CONT") {
        reply.kind = DovecotReply::Kind::proceed;
        reply.challenge = fields.size() > 2 ? std::string(fields[2]) : std::string();
        return reply;
    }
    if (fields[0] != "OK" && fields[0] != "FAIL") {
        return std::nullopt;
    }
    reply.kind = fields[0] == "OK" ? DovecotReply::Kind::granted : DovecotReply::Kind::refused;
    for (std::size_t i = 2; i < fields.size(); ++i) {
        if (fields[i].starts_with("user=")) {
            reply.user = unescaped(fields[i].substr(5));
        } else if (fields[i].starts_with("reason=")) {
            reply.reason = unescaped(fields[i].substr(7));
        } else if (fields[i] == "temp" || fields[i] == "code=temp_fail") {
            reply.temporary = true;
        }
    }
    return reply;
}

std::string dovecot_hello(std::uint32_t client_id) { return base::format("VERSION\t1\t1\nCPID\t{}\n", client_id); }

std::string dovecot_auth_line(std::uint32_t id, std::string_view mechanism, const AuthRequest& request) {
    std::string line = base::format("AUTH\t{}\t{}\tservice={}\tnologin", id, mechanism, request.service);
    if (request.local_address.is_known()) {
        line += "\tlip=" + request.local_address.text();
    }
    if (request.remote_address.is_known()) {
        line += "\trip=" + request.remote_address.text();
    }
    if (request.secured) {
        line += "\tsecured";
    }
    if (request.initial_response) {
        line += "\tresp=" + (*request.initial_response == "=" ? std::string() : *request.initial_response);
    }
    return line + '\n';
}

}  // namespace posthouse::sasl
