#include <ldap.h>
#include <sasl/sasl.h>
#include <sys/time.h>

#include "base/text.hpp"
#include "tables/ldap.hpp"

namespace posthouse::tables {

namespace {

struct Unbind {
    void operator()(LDAP* handle) const { ldap_unbind_ext_s(handle, nullptr, nullptr); }
};
using Handle = std::unique_ptr<LDAP, Unbind>;
struct FreeMessage {
    void operator()(LDAPMessage* message) const { ldap_msgfree(message); }
};
using Message = std::unique_ptr<LDAPMessage, FreeMessage>;
struct FreeValues {
    void operator()(berval** values) const { ldap_value_free_len(values); }
};
using Values = std::unique_ptr<berval*, FreeValues>;
struct FreeUrl {
    void operator()(LDAPURLDesc* url) const { ldap_free_urldesc(url); }
};

bool is_lost(int code) { return code == LDAP_SERVER_DOWN || code == LDAP_CONNECT_ERROR || code == LDAP_TIMEOUT || code == LDAP_UNAVAILABLE || code == LDAP_BUSY; }

int scope_of(LdapSettings::Scope scope) {
    return scope == LdapSettings::Scope::base ? LDAP_SCOPE_BASE : scope == LdapSettings::Scope::one ? LDAP_SCOPE_ONELEVEL : LDAP_SCOPE_SUBTREE;
}

const char* or_null(const std::string& text) { return text.empty() ? nullptr : text.c_str(); }

// What the library says of its own accord, "TLS: hostname does not match" for example.
std::string diagnosis(LDAP* handle) {
    char* text = nullptr;
    ldap_get_option(handle, LDAP_OPT_DIAGNOSTIC_MESSAGE, static_cast<void*>(&text));
    const std::unique_ptr<char, decltype(&ldap_memfree)> owned(text, ldap_memfree);
    if (text == nullptr || *text == '\0') {
        return {};
    }
    if (std::string_view(text) == "(unknown error code)") {  // of libldap with GnuTLS, for all that is wrong with a certificate
        return ": the TLS handshake failed; look at tls_ca_cert_file and at the names in the server's certificate";
    }
    return ": " + base::printable(text).substr(0, 500);
}

// Answers what a SASL mechanism asks for; the settings outlive the answers.
int answer_sasl(LDAP*, unsigned, void* of, void* questions) {
    const auto& settings = *static_cast<const LdapSettings*>(of);
    for (auto* question = static_cast<sasl_interact_t*>(questions); question->id != SASL_CB_LIST_END; ++question) {
        const std::string* known = question->id == SASL_CB_AUTHNAME   ? &settings.bind_dn
                                   : question->id == SASL_CB_PASS     ? &settings.bind_pw
                                   : question->id == SASL_CB_USER     ? &settings.sasl_authz_id
                                   : question->id == SASL_CB_GETREALM ? &settings.sasl_realm
                                                                      : nullptr;
        const char* otherwise = question->defresult != nullptr ? question->defresult : "";
        const char* answer = known != nullptr && !known->empty() ? known->c_str() : otherwise;
        question->result = answer;
        question->len = static_cast<unsigned>(std::char_traits<char>::length(answer));
    }
    return LDAP_SUCCESS;
}

class LdapClient final : public BlockingClient {
public:
    LdapClient(std::shared_ptr<const QueryRules> rules, std::shared_ptr<const LdapSettings> settings) : rules_(std::move(rules)), settings_(std::move(settings)) {
        for (const auto* names : {&settings_->result_attributes, &settings_->special_attributes}) {
            for (const std::string& name : *names) {
                attributes_.push_back(const_cast<char*>(name.c_str()));  // the library only reads them
            }
        }
        attributes_.push_back(nullptr);
    }

    Lookup look_up(const std::string& key, world::SteadyTime) override {
        const auto base = settings_->search_base.asks_for_key() ? settings_->search_base.expand(key, quoted_for_dn) : settings_->search_base.expand("-", {});
        const auto filter = rules_->query.expand(key, quoted_for_filter);
        if (!base || !filter) {
            return Lookup::absent();
        }
        Lookup answer;
        // An old connection that is lost is made again, once.
        for (bool old = handle_ != nullptr;; old = false) {
            problem_.clear();
            int code = connect();
            if (code == LDAP_SUCCESS) {
                Search search{ResultGatherer(rules_->keys.result_format, key, rules_->keys.expansion_limit), 0, 0, {}};
                code = gather(base->c_str(), scope_of(settings_->scope), filter->c_str(), search, 0);
                if (code == LDAP_SUCCESS || (code == LDAP_NO_SUCH_OBJECT && settings_->search_base.asks_for_key())) {
                    return std::move(search.values).finish(rules_->table);
                }
                problem_ = diagnosis(handle_.get());
                if (!search.problem.empty()) {
                    return Lookup::unknown(rules_->table + ": " + search.problem);
                }
            }
            handle_.reset();
            if (!old || !is_lost(code)) {
                return Lookup::unknown(rules_->table + ": " + settings_->uris + ": " + ldap_err2string(code) + problem_);
            }
        }
    }

private:
    struct Search {
        ResultGatherer values;
        std::size_t entries = 0;
        std::size_t followed = 0;
        std::string problem;
    };

    int connect() {
        if (handle_) {
            return LDAP_SUCCESS;
        }
        LDAP* raw = nullptr;
        if (const int code = ldap_initialize(&raw, settings_->uris.c_str()); code != LDAP_SUCCESS) {
            return code;
        }
        Handle handle(raw);
        if (const int code = set_options(raw); code != LDAP_SUCCESS) {
            return code;
        }
        if (settings_->start_tls) {
            if (const int code = ldap_start_tls_s(raw, nullptr, nullptr); code != LDAP_SUCCESS) {
                problem_ = " at STARTTLS" + diagnosis(raw);
                return code;
            }
        }
        if (const int code = bind(raw); code != LDAP_SUCCESS) {
            problem_ = " at bind" + diagnosis(raw);
            return code;
        }
        handle_ = std::move(handle);
        return LDAP_SUCCESS;
    }

    int bind(LDAP* handle) const {
        if (settings_->bind == LdapSettings::Bind::simple) {
            berval password{settings_->bind_pw.size(), const_cast<char*>(settings_->bind_pw.c_str())};
            return ldap_sasl_bind_s(handle, settings_->bind_dn.c_str(), LDAP_SASL_SIMPLE, &password, nullptr, nullptr, nullptr);
        }
        if (settings_->bind == LdapSettings::Bind::sasl) {
            const ber_len_t layer = settings_->sasl_minssf;
            if (ldap_set_option(handle, LDAP_OPT_X_SASL_SSF_MIN, &layer) != LDAP_OPT_SUCCESS) {
                return LDAP_PARAM_ERROR;
            }
            // The library's own default leaves out mechanisms that show the password; here somebody may have asked for one.
            const auto mechanisms = base::split_words(settings_->sasl_mechs);
            const bool is_plain = std::any_of(mechanisms.begin(), mechanisms.end(), [](std::string_view name) { return base::iequals(name, "PLAIN") || base::iequals(name, "LOGIN"); });
            if (is_plain && ldap_set_option(handle, LDAP_OPT_X_SASL_SECPROPS, "noanonymous") != LDAP_OPT_SUCCESS) {
                return LDAP_PARAM_ERROR;
            }
            // The DN is not told: mechanisms have names of their own.
            return ldap_sasl_interactive_bind_s(handle, nullptr, or_null(settings_->sasl_mechs), nullptr, nullptr, LDAP_SASL_QUIET, answer_sasl,
                                                const_cast<LdapSettings*>(settings_.get()));  // the answers only read it
        }
        return LDAP_SUCCESS;
    }

    int set_options(LDAP* handle) const {
        const timeval patience{settings_->timeout.count(), 0};
        const int limit = static_cast<int>(settings_->size_limit);
        const int demand = settings_->tls_require_cert ? LDAP_OPT_X_TLS_DEMAND : LDAP_OPT_X_TLS_ALLOW;
        const int fresh = 0;
        struct Row {
            int option;
            const void* value;
            bool wanted;
        };
        const std::array rows{
            Row{LDAP_OPT_PROTOCOL_VERSION, &settings_->version, true},
            Row{LDAP_OPT_NETWORK_TIMEOUT, &patience, true},
            Row{LDAP_OPT_TIMEOUT, &patience, true},
            Row{LDAP_OPT_DEREF, &settings_->dereference, true},
            Row{LDAP_OPT_REFERRALS, settings_->chase_referrals ? LDAP_OPT_ON : LDAP_OPT_OFF, true},
            Row{LDAP_OPT_SIZELIMIT, &limit, limit > 0},
            Row{LDAP_OPT_X_TLS_REQUIRE_CERT, &demand, true},
            Row{LDAP_OPT_X_TLS_CACERTFILE, settings_->tls_ca_cert_file.c_str(), !settings_->tls_ca_cert_file.empty()},
            Row{LDAP_OPT_X_TLS_CACERTDIR, settings_->tls_ca_cert_dir.c_str(), !settings_->tls_ca_cert_dir.empty()},
            Row{LDAP_OPT_X_TLS_CERTFILE, settings_->tls_cert.c_str(), !settings_->tls_cert.empty()},
            Row{LDAP_OPT_X_TLS_KEYFILE, settings_->tls_key.c_str(), !settings_->tls_key.empty()},
            Row{LDAP_OPT_X_TLS_CIPHER_SUITE, settings_->tls_cipher_suite.c_str(), !settings_->tls_cipher_suite.empty()},
            Row{LDAP_OPT_X_TLS_NEWCTX, &fresh, true},  // the context takes the options above
        };
        for (const Row& row : rows) {
            if (row.wanted && ldap_set_option(handle, row.option, row.value) != LDAP_OPT_SUCCESS) {
                return LDAP_PARAM_ERROR;
            }
        }
        return LDAP_SUCCESS;
    }

    int gather(const char* base, int scope, const char* filter, Search& search, std::size_t depth) {
        timeval patience{settings_->timeout.count(), 0};
        LDAPMessage* raw = nullptr;
        const int code = ldap_search_ext_s(handle_.get(), base, scope, filter, attributes_.data(), 0, nullptr, nullptr, &patience, static_cast<int>(settings_->size_limit), &raw);
        const Message result(raw);
        if (code != LDAP_SUCCESS) {
            return code;
        }
        for (LDAPMessage* entry = ldap_first_entry(handle_.get(), raw); entry != nullptr; entry = ldap_next_entry(handle_.get(), entry)) {
            if (settings_->size_limit > 0 && ++search.entries > settings_->size_limit) {
                search.problem = "more than " + std::to_string(settings_->size_limit) + " entries (size_limit)";
                return LDAP_SIZELIMIT_EXCEEDED;
            }
            if (const int inner = take(entry, search, depth); inner != LDAP_SUCCESS) {
                return inner;
            }
        }
        return LDAP_SUCCESS;
    }

    // A terminal attribute hides all others; a leaf attribute counts only where no special one leads on.
    int take(LDAPMessage* entry, Search& search, std::size_t depth) {
        const auto& names = settings_->result_attributes;
        const auto has = [&](const std::string& name) { return Values(ldap_get_values_len(handle_.get(), entry, name.c_str())) != nullptr; };
        const auto terminal_end = names.begin() + static_cast<std::ptrdiff_t>(settings_->terminal_count);
        const bool is_terminal = std::any_of(names.begin(), terminal_end, has);
        const bool is_leaf = std::none_of(settings_->special_attributes.begin(), settings_->special_attributes.end(), has);
        for (std::size_t i = 0; i < names.size(); ++i) {
            const bool of_leaf = i >= settings_->terminal_count && i < settings_->terminal_count + settings_->leaf_count;
            if ((is_terminal && i >= settings_->terminal_count) || (of_leaf && !is_leaf)) {
                continue;
            }
            const Values values(ldap_get_values_len(handle_.get(), entry, names[i].c_str()));
            for (berval** value = values.get(); value != nullptr && *value != nullptr; ++value) {
                if (!search.values.add({(*value)->bv_val, (*value)->bv_len})) {
                    return LDAP_SUCCESS;  // finish() says that it is too much
                }
            }
        }
        if (is_terminal) {
            return LDAP_SUCCESS;
        }
        for (const std::string& name : settings_->special_attributes) {
            const Values values(ldap_get_values_len(handle_.get(), entry, name.c_str()));
            for (berval** value = values.get(); value != nullptr && *value != nullptr; ++value) {
                if (const int code = follow(std::string((*value)->bv_val, (*value)->bv_len), search, depth); code != LDAP_SUCCESS) {
                    return code;
                }
            }
        }
        return LDAP_SUCCESS;
    }

    int follow(const std::string& where, Search& search, std::size_t depth) {
        if (depth >= settings_->recursion_limit) {
            search.problem = "recursion_limit is reached at " + where;
            return LDAP_LOOP_DETECT;
        }
        // Ours: circles end by depth, wide trees by what one lookup may ask.
        if (++search.followed > follow_max) {
            search.problem = "one lookup leads to too many entries";
            return LDAP_ADMINLIMIT_EXCEEDED;
        }
        int code = LDAP_SUCCESS;
        if (ldap_is_ldap_url(where.c_str()) != 0) {
            LDAPURLDesc* raw = nullptr;
            if (ldap_url_parse(where.c_str(), &raw) != LDAP_URL_SUCCESS) {
                search.problem = "malformed URL " + where;
                return LDAP_PARAM_ERROR;
            }
            const std::unique_ptr<LDAPURLDesc, FreeUrl> url(raw);
            code = gather(url->lud_dn, url->lud_scope, url->lud_filter, search, depth + 1);
        } else {
            code = gather(where.c_str(), LDAP_SCOPE_BASE, "(objectclass=*)", search, depth + 1);
        }
        return code == LDAP_NO_SUCH_OBJECT ? LDAP_SUCCESS : code;  // a member that is gone
    }

    static constexpr std::size_t follow_max = 10'000;
    std::shared_ptr<const QueryRules> rules_;
    std::shared_ptr<const LdapSettings> settings_;
    std::vector<char*> attributes_;
    Handle handle_;
    std::string problem_;  // of the last failure, beside its code
};

}  // namespace

base::Result<BlockingClients::Make> make_ldap_clients(std::shared_ptr<const QueryRules> rules, LdapSettings settings) {
    if (settings.debuglevel > 0) {
        ldap_set_option(nullptr, LDAP_OPT_DEBUG_LEVEL, &settings.debuglevel);
    }
    auto shared = std::make_shared<const LdapSettings>(std::move(settings));
    return [rules = std::move(rules), shared = std::move(shared)] { return std::make_unique<LdapClient>(rules, shared); };
}

}  // namespace posthouse::tables
