// permit_tls_clientcerts, permit_tls_all_clientcerts: clients with a certificate of ours may relay. TLS_README.
#include "base/format.hpp"
#include "base/text.hpp"
#include "receive/restrictions/restriction.hpp"
#include "tables/map_list.hpp"

namespace posthouse::receive {

namespace {

class PermitTlsClientcerts final : public Restriction {
public:
    explicit PermitTlsClientcerts(tables::MapList fingerprints) : fingerprints_(std::move(fingerprints)) {}
    world::Task<Verdict> evaluate(const Facts& facts) const override {
        for (const std::string& fingerprint : facts.certificate_fingerprints) {
            world::Task<tables::Lookup> finding = fingerprints_.find(fingerprint);
            const tables::Lookup found = co_await std::move(finding);
            if (found.is_unknown()) {
                co_return lookup_failure(facts);
            }
            if (found.is_found()) {
                co_return Verdict::permit();
            }
        }
        co_return Verdict::dunno();
    }
    [[nodiscard]] std::string name() const override { return "permit_tls_clientcerts"; }

private:
    tables::MapList fingerprints_;
};

class PermitTlsAllClientcerts final : public Restriction {
public:
    world::Task<Verdict> evaluate(const Facts& facts) const override { co_return facts.certificate_trusted ? Verdict::permit() : Verdict::dunno(); }
    [[nodiscard]] std::string name() const override { return "permit_tls_all_clientcerts"; }
};

}  // namespace

std::unique_ptr<Restriction> make_client_certificate(const std::string& word, ListWords&, const RestrictionContext& context) {
    const bool by_authority = base::iequals(word, "permit_tls_all_clientcerts");
    if ((by_authority || base::iequals(word, "permit_tls_clientcerts")) && !context.settings->asks_for_certificate() && !context.inside_table) {
        context.open.warning(base::format("restriction {} has no effect: smtpd_tls_ask_ccert = no", word));
    }
    if (by_authority) {
        return std::make_unique<PermitTlsAllClientcerts>();
    }
    if (!base::iequals(word, "permit_tls_clientcerts")) {
        return nullptr;
    }
    if (context.inside_table) {
        context.log_warning("permit_tls_clientcerts: a table's value cannot name it; define a restriction class for it");
        return make_misconfigured(word);
    }
    return std::make_unique<PermitTlsClientcerts>(tables::MapList::open(context.view.text("relay_clientcerts"), context.open));
}

}  // namespace posthouse::receive
