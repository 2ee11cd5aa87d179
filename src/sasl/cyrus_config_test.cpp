#include "sasl/cyrus_config.hpp"

#include <gtest/gtest.h>

namespace posthouse::sasl {
namespace {

using Files = std::map<std::string, std::string>;

std::function<base::Result<std::string>(const std::string&)> reader(const Files& files) {
    return [files](const std::string& path) -> base::Result<std::string> {
        const auto found = files.find(path);
        return found != files.end() ? base::Result<std::string>(found->second) : base::fail(base::ErrorKind::not_found, path + ": no such file");
    };
}

TEST(cyrus_config, keys_are_known_in_any_case_and_values_may_have_blanks) {
    std::vector<std::string> warnings;
    const auto config = parse_cyrus_config("# c\n\nPWCheck_Method:saslauthd auxprop\n saslauthd_path: /x/mux \r\nmech_list: PLAIN LOGIN\nmech_list: GSSAPI\nlog_level: 7\n", "smtpd.conf",
                                           [&](std::string line) { warnings.push_back(std::move(line)); });
    EXPECT_EQ(config.file, "smtpd.conf");
    EXPECT_EQ(config.option("pwcheck_method"), "saslauthd auxprop");
    EXPECT_EQ(config.option("saslauthd_path", default_saslauthd_path), "/x/mux");
    EXPECT_EQ(config.option("mech_list"), "PLAIN LOGIN");
    EXPECT_EQ(config.option("sasldb_path", default_sasldb_path), "/etc/sasldb2");
    EXPECT_TRUE(warnings.empty());
}

TEST(cyrus_config, what_is_no_line_of_it_is_told_with_its_number) {
    std::vector<std::string> warnings;
    const auto config = parse_cyrus_config(std::string("pwcheck_method saslauthd\nmech list: PLAIN\nmech_list:\nsasldb_path: /a\0b\n", 71), "/c/smtpd.conf",
                                           [&](std::string line) { warnings.push_back(std::move(line)); });
    EXPECT_TRUE(config.options.empty());
    ASSERT_EQ(warnings.size(), 4U);
    EXPECT_EQ(warnings[0], "/c/smtpd.conf, line 1: expected \"key: value\"");
}

TEST(cyrus_config, is_found_where_the_operator_says_then_beside_main_cf_then_where_the_library_looks) {
    const auto find = [](const Files& files, std::string_view path) {
        return find_cyrus_config("smtpd", cyrus_config_folders(path, "/etc/postfix"), reader(files), {})->file;
    };
    const Files all{{"/own/smtpd.conf", ""}, {"/etc/postfix/sasl/smtpd.conf", ""}, {"/etc/sasl2/smtpd.conf", ""}, {"/usr/lib/sasl2/smtpd.conf", ""}};
    EXPECT_EQ(find(all, "/none:/own"), "/own/smtpd.conf");
    EXPECT_EQ(find(all, ""), "/etc/postfix/sasl/smtpd.conf");
    EXPECT_EQ(find({{"/etc/postfix/sasl/smtpd.conf", ""}, {"/usr/lib/sasl2/smtpd.conf", ""}}, "/none"), "/usr/lib/sasl2/smtpd.conf");
    EXPECT_EQ(find({}, ""), "");
}

TEST(cyrus_config, a_file_that_cannot_be_read_is_an_error_and_not_the_next_one) {
    const auto forbidden = [](const std::string& path) -> base::Result<std::string> { return base::fail(base::ErrorKind::permission, path + ": permission denied"); };
    EXPECT_FALSE(find_cyrus_config("smtpd", cyrus_config_folders("", "/etc/postfix"), forbidden, {}).has_value());
}

}  // namespace
}  // namespace posthouse::sasl
