#include "net/tls_server_name.hpp"

#include "base/text.hpp"
#include "net/certificate_chain.hpp"

namespace posthouse::net {

namespace {

using Asked = world::TlsSession::Asked;
using State = world::NamedChain::State;

// RFC 5890 A-labels: letters, digits, hyphens, and underscores, which exist.
bool is_host_name(std::string_view name) {
    return !name.empty() && name.size() < 256 && !name.starts_with('.') &&
           std::all_of(name.begin(), name.end(), [](char c) { return base::is_alnum(c) || c == '-' || c == '.' || c == '_'; });
}

// The name, then its parents with a leading dot.
world::NamedChain find_chain(const world::NamedChains& chains, std::string name) {
    for (;;) {
        world::NamedChain found = chains(name);
        const std::size_t dot = name.find('.', 1);
        if (found.state != State::absent || dot == std::string::npos) {
            return found;
        }
        name.erase(0, dot);
    }
}

}  // namespace

int server_name_index() {
    static const int index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
    return index;
}

int answer_server_name(SSL* ssl, int* alert, void*) {
    auto* question = static_cast<ServerNameQuestion*>(SSL_get_ex_data(ssl, server_name_index()));
    const char* asked = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    if (question == nullptr || asked == nullptr) {
        return SSL_TLSEXT_ERR_NOACK;
    }
    question->name = base::lower(asked);
    question->asked = is_host_name(question->name) ? Asked::unknown_name : Asked::invalid_name;
    if (question->asked == Asked::invalid_name) {
        return SSL_TLSEXT_ERR_NOACK;
    }
    const world::NamedChain found = find_chain(*question->chains, question->name);
    if (found.state == State::absent) {
        return SSL_TLSEXT_ERR_NOACK;
    }
    if (found.state == State::found) {
        SSL_certs_clear(ssl);
        if (use_chain_text(ssl, found.pem, "tls_server_sni_maps: " + question->name)) {
            question->asked = Asked::known_name;
            return SSL_TLSEXT_ERR_OK;
        }
    }
    *alert = SSL_AD_INTERNAL_ERROR;
    return SSL_TLSEXT_ERR_ALERT_FATAL;
}

}  // namespace posthouse::net
