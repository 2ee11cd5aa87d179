#include "receive/received_header.hpp"

#include "base/format.hpp"
#include "base/text.hpp"

namespace posthouse::receive {

namespace {

std::string tls_lines(const world::TlsSession& tls, bool asked_for_certificate) {
    std::string out = base::format("\r\n\t(using {} with cipher {} ({}/{} bits)", tls.protocol, tls.cipher, tls.cipher_bits, tls.algorithm_bits);
    if (!tls.key_exchange.empty()) {
        out += "\r\n\t key-exchange " + tls.key_exchange;
        if (!tls.server_signature.empty()) {
            out += " server-signature " + tls.server_signature;
        }
        if (!tls.server_digest.empty()) {
            out += " server-digest " + tls.server_digest;
        }
    }
    if (!tls.client_signature.empty()) {
        out += "\r\n\t client-signature " + tls.client_signature;
        if (!tls.client_digest.empty()) {
            out += " client-digest " + tls.client_digest;
        }
    }
    out += ")\r\n\t";
    switch (tls.peer) {
        case world::TlsSession::Peer::no_certificate: out += asked_for_certificate ? "(Client did not present a certificate)" : "(No client certificate requested)"; break;
        case world::TlsSession::Peer::untrusted:
            out += base::format("(Client CN \"{}\", Issuer \"{}\" (not verified))", base::printable(tls.peer_common_name), base::printable(tls.peer_issuer));
            break;
        case world::TlsSession::Peer::trusted:
        case world::TlsSession::Peer::verified:
            out += base::format("(Client CN \"{}\", Issuer \"{}\" (verified OK))", base::printable(tls.peer_common_name), base::printable(tls.peer_issuer));
            break;
    }
    return out;
}

void append_recipient_and_date(std::string& out, const ReceivedFacts& facts) {
    if (facts.recipient.empty()) {
        base::append_all(out, {";\r\n\t", facts.date, "\r\n"});
    } else {
        base::append_all(out, {"\r\n\tfor <", facts.recipient, ">; ", facts.date, "\r\n"});
    }
}

}  // namespace

std::string name_for_header(std::string_view name) {
    std::string out = base::printable(name);
    std::replace_if(out.begin(), out.end(), [](char c) { return std::string_view(" <>()\\\";@").find(c) != std::string_view::npos; }, '?');
    return out;
}

std::string received_header(const ReceivedFacts& facts) {
    std::string out;
    out.reserve(256);
    const std::string id = facts.queue_id ? facts.queue_id->text() : std::string();
    const std::string_view with_id = facts.queue_id ? " id " : "";
    if (facts.hides_session) {
        base::append_all(out, {"Received: by ", facts.myhostname, " (", facts.mail_name, ")", with_id, id});
        append_recipient_and_date(out, facts);
        return out;
    }
    const bool is_v6 = facts.client_address.find(':') != std::string::npos;
    base::append_all(out, {"Received: from ", facts.helo_name.empty() ? facts.client_name : facts.helo_name, " (", facts.client_name, " [",
                           is_v6 ? "IPv6:" : "", facts.client_address, "])"});
    if (facts.tls) {
        out += tls_lines(*facts.tls, facts.asked_for_certificate);
    }
    if (!facts.sasl_username.empty()) {
        // A user name comes from outside: a parenthesis in it would end the comment.
        std::string user = base::printable(facts.sasl_username);
        std::replace_if(user.begin(), user.end(), [](char c) { return c == '(' || c == ')' || c == '\\'; }, '?');
        out += "\r\n\t(Authenticated sender: " + user + ")";
    }
    base::append_all(out, {"\r\n\tby ", facts.myhostname, " (", facts.mail_name, ") with ", facts.protocol, with_id, id});
    append_recipient_and_date(out, facts);
    return out;
}

}  // namespace posthouse::receive
