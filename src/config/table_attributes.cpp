#include "config/table_attributes.hpp"

#include <array>

#include "base/text.hpp"

namespace posthouse::config {

namespace {

constexpr auto mysql = std::to_array<std::string_view>({"additional_conditions", "charset", "dbname", "domain", "expansion_limit", "hosts", "idle_interval", "option_file", "option_group", "password", "query", "require_result_set",
                                             "result_format", "retry_interval", "select_field", "table", "tls_CAfile", "tls_CApath", "tls_cert_file", "tls_ciphers", "tls_key_file", "tls_verify_cert", "user", "where_field"});
constexpr auto pgsql = std::to_array<std::string_view>({"additional_conditions", "dbname", "domain", "encoding", "expansion_limit", "hosts", "idle_interval", "password", "query", "result_format", "retry_interval", "select_field",
                                             "select_function", "table", "user", "where_field"});
constexpr auto sqlite = std::to_array<std::string_view>({"additional_conditions", "dbpath", "domain", "expansion_limit", "query", "result_format", "select_field", "table", "where_field"});
constexpr auto ldap = std::to_array<std::string_view>({"bind", "bind_dn", "bind_pw", "cache", "cache_expiry", "cache_size", "chase_referrals", "debuglevel", "dereference", "domain", "expansion_limit", "leaf_result_attribute",
                                            "query_filter", "recursion_limit", "result_attribute", "result_filter", "result_format", "sasl_authz_id", "sasl_mechs", "sasl_minssf", "sasl_realm", "scope", "search_base",
                                            "server_host", "server_port", "size_limit", "special_result_attribute", "start_tls", "terminal_result_attribute", "timeout", "tls_ca_cert_dir", "tls_ca_cert_file", "tls_cert",
                                            "tls_cipher_suite", "tls_key", "tls_random_file", "tls_require_cert", "version"});
constexpr auto memcache = std::to_array<std::string_view>({"backup", "data_size_limit", "domain", "expansion_limit", "flags", "key_format", "line_size_limit", "max_try", "memcache", "result_format", "retry_pause", "timeout", "ttl"});

}  // namespace

std::span<const std::string_view> table_attributes(std::string_view type) {
    const std::array<std::pair<std::string_view, std::span<const std::string_view>>, 5> all{
        {{"ldap", ldap}, {"memcache", memcache}, {"mysql", mysql}, {"pgsql", pgsql}, {"sqlite", sqlite}}};
    for (const auto& [name, attributes] : all) {
        if (name == type) {
            return attributes;
        }
    }
    return {};
}

std::vector<std::string> table_parameters_of(std::string_view value) {
    std::vector<std::string> out;
    for (std::string_view word : base::split_words(value, ", \t\r\n{}")) {
        while (word.starts_with('!') || word.starts_with("proxy:") || word.starts_with("proxywrite:")) {
            word.remove_prefix(word.starts_with('!') ? 1 : word.find(':') + 1);
        }
        const auto parts = base::split_once(word, ':');
        if (parts && names_main_cf(parts->second)) {
            for (const std::string_view attribute : table_attributes(parts->first)) {
                out.push_back(std::string(parts->second) + '_' + std::string(attribute));
            }
        }
    }
    return out;
}

}  // namespace posthouse::config
