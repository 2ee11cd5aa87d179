#include "receive/policy/request.hpp"

#include "base/text.hpp"
#include "smtp/xtext.hpp"

namespace posthouse::receive {

namespace {

class Attributes {
public:
    void add(std::string_view name, std::string_view value) {
        text_.append(name).append(1, '=').append(base::printable(value)).append(1, '\n');
    }
    void add(std::string_view name, std::uint64_t value) { add(name, std::to_string(value)); }
    [[nodiscard]] std::string take() { return std::move(text_.append(1, '\n')); }

private:
    std::string text_;
};

void add_tls(Attributes& out, const world::TlsSession& tls) {
    using Peer = world::TlsSession::Peer;
    const bool trusted = tls.peer == Peer::trusted || tls.peer == Peer::verified;
    // Names count only if somebody vouches for them; a fingerprint vouches for itself.
    out.add("ccert_subject", trusted ? smtp::xtext_encode(tls.peer_common_name) : std::string());
    out.add("ccert_issuer", trusted ? smtp::xtext_encode(tls.peer_issuer) : std::string());
    out.add("ccert_fingerprint", tls.peer_certificate_fingerprint);
    out.add("ccert_pubkey_fingerprint", tls.peer_public_key_fingerprint);
    out.add("encryption_protocol", tls.protocol);
    out.add("encryption_cipher", tls.cipher);
    out.add("encryption_keysize", static_cast<std::uint64_t>(std::max(0, tls.cipher_bits)));
}

}  // namespace

std::string policy_request(const Facts& facts, const SessionDetails& session, std::string_view policy_context, std::string_view stress) {
    const bool is_etrn = facts.stage == Stage::etrn;
    const bool counts = session.state == "DATA" || session.state == "END-OF-MESSAGE";
    Attributes out;
    out.add("request", "smtpd_access_policy");
    out.add("protocol_state", session.state);
    out.add("protocol_name", session.protocol);
    out.add("client_address", facts.client_address.text());
    out.add("client_name", facts.client_name);
    out.add("client_port", session.client_port);
    out.add("reverse_client_name", facts.client_reverse_name);
    out.add("server_address", session.server.address.text());
    out.add("server_port", session.server.port);
    out.add("helo_name", facts.helo_name);
    out.add("sender", facts.sender.value_or(""));
    out.add("recipient", is_etrn ? "" : facts.recipient.value_or(""));
    out.add("recipient_count", counts ? facts.recipients_accepted : 0);
    out.add("queue_id", session.queue_id);
    out.add("instance", session.instance);
    out.add("size", session.size);
    out.add("etrn_domain", is_etrn ? facts.recipient.value_or("") : "");
    out.add("stress", stress);
    out.add("sasl_method", session.sasl_method);
    out.add("sasl_username", facts.sasl_username);
    out.add("sasl_sender", session.sasl_sender);
    add_tls(out, session.tls.value_or(world::TlsSession()));
    out.add("policy_context", policy_context);
    return out.take();
}

}  // namespace posthouse::receive
