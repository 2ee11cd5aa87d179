#pragma once
// "ldap:/x.cf": directories. ldap_table(5). What talks to them is left out of builds without libldap (ldap_client_missing.cpp).
#include <memory>
#include <string>
#include <vector>

#include "tables/query_table.hpp"

namespace posthouse::tables {

struct LdapSettings {
    std::string uris;  // "ldap://a:389 ldap://b:389"
    std::chrono::seconds timeout{10};
    KeyTemplate search_base;
    std::vector<std::string> result_attributes;    // terminal ones first, then leaf, then ordinary
    std::vector<std::string> special_attributes;   // whose values are DNs or URLs of further entries
    std::size_t terminal_count = 0, leaf_count = 0;
    enum class Scope { base, one, subtree } scope = Scope::subtree;
    enum class Bind { none, simple, sasl } bind = Bind::simple;
    std::string bind_dn, bind_pw;  // with SASL: the login name and its password
    std::string sasl_mechs, sasl_realm, sasl_authz_id;
    unsigned sasl_minssf = 0;      // the least security layer, RFC 4422: 0 none, 1 integrity, more: bits of a key
    std::size_t recursion_limit = 1000;
    std::size_t size_limit = 0;
    int dereference = 0;
    bool chase_referrals = false;
    int version = 2;
    int debuglevel = 0;  // of the library, for the whole process
    bool start_tls = false;
    std::string tls_ca_cert_file, tls_ca_cert_dir, tls_cert, tls_key, tls_cipher_suite;
    bool tls_require_cert = false;
};

[[nodiscard]] std::shared_ptr<const Table> open_ldap(const TableName& name, const OpenContext& context);

/// server_host and server_port as a list of URIs.
[[nodiscard]] std::string ldap_uris(std::string_view hosts, std::int64_t port);
[[nodiscard]] base::Result<LdapSettings> read_ldap_settings(const TableConfig& config, std::size_t expansion_limit);
/// Harmless inside a search filter (RFC 4515 §3), inside a DN (RFC 4514 §2.4).
[[nodiscard]] std::string quoted_for_filter(std::string_view part);
[[nodiscard]] std::string quoted_for_dn(std::string_view part);

/// An error if this program was built without the library.
[[nodiscard]] base::Result<BlockingClients::Make> make_ldap_clients(std::shared_ptr<const QueryRules> rules, LdapSettings settings);

}  // namespace posthouse::tables
