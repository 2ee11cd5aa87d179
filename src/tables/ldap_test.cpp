#include "tables/ldap.hpp"

#include <gtest/gtest.h>

#include "tables/fake_files.hpp"

namespace posthouse::tables {
namespace {

base::Result<LdapSettings> settings(std::string_view text) {
    FakeFiles files;
    return read_ldap_settings(TableConfig::parse(text, "/t.cf", {.files = files}).value(), 5);
}

TEST(ldap, hosts_become_uris) {
    EXPECT_EQ(ldap_uris("a, b:1 ldaps://c [::1] [::1]:2 ldapi://%2frun%2fldapi", 390), "ldap://a:390 ldap://b:1 ldaps://c ldap://[::1]:390 ldap://[::1]:2 ldapi://%2frun%2fldapi");
}

TEST(ldap, what_means_something_in_filters_and_names_is_quoted) {
    EXPECT_EQ(quoted_for_filter(std::string_view("a*(b)\\\0c", 8)), "a\\2a\\28b\\29\\5c\\00c");
    EXPECT_EQ(quoted_for_dn(" a,b+c\"d\\e<f>g;h=i "), "\\ a\\,b\\+c\\\"d\\\\e\\<f\\>g\\;h\\=i\\ ");
    EXPECT_EQ(quoted_for_dn("#a#b"), "\\#a\\#b");
}

TEST(ldap, settings_have_the_manuals_defaults) {
    const auto plain = settings("search_base = dc=x\n").value();
    EXPECT_EQ(plain.uris, "ldap://localhost:389");
    EXPECT_EQ(plain.result_attributes, std::vector<std::string>{"maildrop"});
    EXPECT_EQ(plain.size_limit, 5U);
    EXPECT_EQ(plain.recursion_limit, 1000U);
    EXPECT_EQ(plain.bind, LdapSettings::Bind::simple);
    EXPECT_EQ(plain.version, 2);
    EXPECT_EQ(plain.scope, LdapSettings::Scope::subtree);
}

TEST(ldap, attributes_are_ordered_terminal_leaf_ordinary) {
    const auto some = settings("result_attribute = mail, other\nleaf_result_attribute = leaf\nterminal_result_attribute = end\nspecial_result_attribute = member\nstart_tls = yes\nbind = no\nscope = one\n").value();
    EXPECT_EQ(some.result_attributes, (std::vector<std::string>{"end", "leaf", "mail", "other"}));
    EXPECT_EQ(some.terminal_count, 1U);
    EXPECT_EQ(some.leaf_count, 1U);
    EXPECT_EQ(some.special_attributes, std::vector<std::string>{"member"});
    EXPECT_EQ(some.version, 3);
    EXPECT_EQ(some.bind, LdapSettings::Bind::none);
    EXPECT_EQ(some.scope, LdapSettings::Scope::one);
}

TEST(ldap, a_sasl_bind_has_settings_of_its_own) {
    const auto some = settings("bind = SASL\nsasl_mechs = SCRAM-SHA-1 PLAIN\nsasl_realm = x\nsasl_authz_id = u:joe\nsasl_minssf = 56\nbind_dn = mail\nbind_pw = p\n").value();
    EXPECT_EQ(some.bind, LdapSettings::Bind::sasl);
    EXPECT_EQ(some.sasl_mechs, "SCRAM-SHA-1 PLAIN");
    EXPECT_EQ(some.sasl_realm, "x");
    EXPECT_EQ(some.sasl_authz_id, "u:joe");
    EXPECT_EQ(some.sasl_minssf, 56U);
    EXPECT_EQ(some.bind_dn, "mail");
}

TEST(ldap, version_2_is_not_for_tls_and_sasl) {
    EXPECT_EQ(settings("start_tls = yes\n").value().version, 3);
    EXPECT_EQ(settings("bind = sasl\n").value().version, 3);
    EXPECT_EQ(settings("server_host = ldaps://x\n").value().version, 3);
    EXPECT_EQ(settings("server_host = ldap://x\n").value().version, 2);
}

TEST(ldap, wrong_settings_are_refused) {
    for (const char* text : {"scope = all\n", "bind = maybe\n", "sasl_minssf = x\n", "version = 4\n", "timeout = 0\n", "server_port = x\n", "search_base = %x\n", "dereference = 4\n", "start_tls = 1\n"}) {
        EXPECT_FALSE(settings(text).has_value()) << text;
    }
}

}  // namespace
}  // namespace posthouse::tables
