#include "tables/ldap.hpp"

#include "base/text.hpp"
#include "tables/open.hpp"
#include "tables/unavailable.hpp"

namespace posthouse::tables {

namespace {

constexpr std::string_view hex = "0123456789abcdef";

std::unexpected<base::Error> wrong(const TableConfig& config, const std::string& name) {
    return base::fail(base::ErrorKind::invalid, config.path() + ": bad value: " + name + " = " + config.text(name));
}

void add_words(std::vector<std::string>& into, const std::string& text) {
    for (const std::string_view word : base::split_words(text, ", \t\r\n")) {
        into.emplace_back(word);
    }
}

base::Result<std::shared_ptr<const QueryRules>> read_rules(const TableName& name, const TableConfig& config, const OpenContext& context) {
    auto filter = KeyTemplate::parse(config.text("query_filter", "(mailacceptinggeneralid=%s)"));
    if (!filter) {
        return base::fail(filter.error(), config.path() + ": query_filter");
    }
    // result_filter is what result_format was called before Postfix 2.2.
    auto keys = KeyRules::from(config, context, config.has("result_format") || !config.has("result_filter") ? "result_format" : "result_filter");
    if (!keys) {
        return std::unexpected(keys.error());
    }
    return std::make_shared<const QueryRules>(QueryRules{name.spec, std::move(*filter), std::move(*keys)});
}

base::Result<void> read_truths(const TableConfig& config, LdapSettings& settings) {
    const std::array<std::pair<const char*, bool*>, 3> rows{
        {{"chase_referrals", &settings.chase_referrals}, {"start_tls", &settings.start_tls}, {"tls_require_cert", &settings.tls_require_cert}}};
    for (const auto& [name, into] : rows) {
        const auto value = config.truth(name, "no");
        if (!value) {
            return std::unexpected(value.error());
        }
        *into = *value;
    }
    return {};
}

base::Result<void> read_bind(const TableConfig& config, LdapSettings& settings) {
    using Bind = LdapSettings::Bind;
    const std::array<std::pair<std::string_view, Bind>, 5> words{{{"yes", Bind::simple}, {"simple", Bind::simple}, {"no", Bind::none}, {"none", Bind::none}, {"sasl", Bind::sasl}}};
    const std::string said = config.text("bind", "yes");
    const auto word = std::find_if(words.begin(), words.end(), [&said](const auto& one) { return base::iequals(one.first, said); });
    if (word == words.end()) {
        return wrong(config, "bind");
    }
    settings.bind = word->second;
    settings.bind_dn = config.text("bind_dn");
    settings.bind_pw = config.text("bind_pw");
    settings.sasl_mechs = config.text("sasl_mechs");
    settings.sasl_realm = config.text("sasl_realm");
    settings.sasl_authz_id = config.text("sasl_authz_id");
    return {};
}

base::Result<void> read_numbers(const TableConfig& config, LdapSettings& settings, std::size_t expansion_limit) {
    const auto timeout = config.number("timeout", 10, {.least = 1, .most = 3600});
    const auto recursion = config.number("recursion_limit", 1000, {.least = 1});
    const auto size = config.number("size_limit", static_cast<std::int64_t>(expansion_limit));
    const auto dereference = config.number("dereference", 0, {.most = 3});
    const auto version = config.number("version", 2, {.least = 2, .most = 3});
    const auto minssf = config.number("sasl_minssf", 0);
    const auto debug = config.number("debuglevel", 0);
    for (const auto* number : {&timeout, &recursion, &size, &dereference, &version, &minssf, &debug}) {
        if (!*number) {
            return std::unexpected(number->error());
        }
    }
    settings.timeout = std::chrono::seconds(*timeout);
    settings.recursion_limit = static_cast<std::size_t>(*recursion);
    settings.size_limit = static_cast<std::size_t>(*size);
    settings.dereference = static_cast<int>(*dereference);
    settings.sasl_minssf = static_cast<unsigned>(*minssf);
    settings.debuglevel = static_cast<int>(*debug);
    // Version 2 knows neither TLS nor SASL.
    const bool is_new = settings.start_tls || settings.bind == LdapSettings::Bind::sasl || settings.uris.find("ldaps://") != std::string::npos;
    settings.version = is_new ? 3 : static_cast<int>(*version);
    return {};
}

}  // namespace

std::string ldap_uris(std::string_view hosts, std::int64_t port) {
    std::string uris;
    for (const std::string_view host : base::split_words(hosts, ", \t\r\n")) {
        const bool complete = host.find("://") != std::string_view::npos;
        const bool has_port = host.find(':', host.starts_with('[') ? std::min(host.find(']'), host.size()) : 0) != std::string_view::npos;
        uris += (uris.empty() ? "" : " ") + (complete ? std::string(host) : "ldap://" + std::string(host) + (has_port ? "" : ':' + std::to_string(port)));
    }
    return uris;
}

std::string quoted_for_filter(std::string_view part) {
    std::string out;
    for (const char c : part) {
        if (c == '*' || c == '(' || c == ')' || c == '\\' || c == '\0') {
            const auto byte = static_cast<unsigned char>(c);
            out += {'\\', hex[byte >> 4], hex[byte & 15]};
        } else {
            out += c;
        }
    }
    return out;
}

std::string quoted_for_dn(std::string_view part) {
    std::string out;
    for (std::size_t i = 0; i < part.size(); ++i) {
        const bool edge = (i == 0 && (part[i] == ' ' || part[i] == '#')) || (i + 1 == part.size() && part[i] == ' ');
        if (edge || std::string_view(" \t\"#+,;<>\\=").find(part[i], 1) != std::string_view::npos) {
            out += '\\';
        }
        out += part[i];
    }
    return out;
}

base::Result<LdapSettings> read_ldap_settings(const TableConfig& config, std::size_t expansion_limit) {
    LdapSettings settings;
    const auto port = config.number("server_port", 389, {.least = 1, .most = 65535});
    if (!port) {
        return std::unexpected(port.error());
    }
    settings.uris = ldap_uris(config.text("server_host", "localhost"), *port);
    auto search_base = KeyTemplate::parse(config.text("search_base"));
    if (!search_base) {
        return base::fail(search_base.error(), config.path() + ": search_base");
    }
    settings.search_base = std::move(*search_base);
    add_words(settings.result_attributes, config.text("terminal_result_attribute"));
    settings.terminal_count = settings.result_attributes.size();
    add_words(settings.result_attributes, config.text("leaf_result_attribute"));
    settings.leaf_count = settings.result_attributes.size() - settings.terminal_count;
    add_words(settings.result_attributes, config.text("result_attribute", "maildrop"));
    add_words(settings.special_attributes, config.text("special_result_attribute"));
    const std::string scope = config.text("scope", "sub");
    if (scope != "sub" && scope != "one" && scope != "base") {
        return wrong(config, "scope");
    }
    settings.scope = scope == "sub" ? LdapSettings::Scope::subtree : scope == "one" ? LdapSettings::Scope::one : LdapSettings::Scope::base;
    if (const auto truths = read_truths(config, settings); !truths) {
        return std::unexpected(truths.error());
    }
    if (const auto bind = read_bind(config, settings); !bind) {
        return std::unexpected(bind.error());
    }
    if (const auto numbers = read_numbers(config, settings, expansion_limit); !numbers) {
        return std::unexpected(numbers.error());
    }
    settings.tls_ca_cert_file = config.text("tls_ca_cert_file");
    settings.tls_ca_cert_dir = config.text("tls_ca_cert_dir");
    settings.tls_cert = config.text("tls_cert");
    settings.tls_key = config.text("tls_key");
    settings.tls_cipher_suite = config.text("tls_cipher_suite");
    return settings;
}

std::shared_ptr<const Table> open_ldap(const TableName& name, const OpenContext& context) {
    std::vector<SourceFile> sources = TableConfig::sources(name, context);
    const auto config = TableConfig::read(name, context);
    auto rules = config ? read_rules(name, *config, context) : std::unexpected(config.error());
    auto settings = rules ? read_ldap_settings(*config, (*rules)->keys.expansion_limit) : std::unexpected(rules.error());
    auto make = settings ? make_ldap_clients(*rules, std::move(*settings)) : std::unexpected(settings.error());
    if (!make) {
        return unavailable(name, make.error().text, std::move(sources));
    }
    if (context.outside.cores == nullptr || context.outside.pool == nullptr) {
        return unavailable(name, name.spec + ": no threads for directories here", std::move(sources));
    }
    return std::make_shared<QueryTable>(*rules, context.outside, std::move(*make), std::move(sources));
}

}  // namespace posthouse::tables
