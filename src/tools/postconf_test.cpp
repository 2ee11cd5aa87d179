#include "tools/postconf.hpp"

#include "tools/postconf_edit.hpp"

#include <gtest/gtest.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace posthouse::tools {

namespace {

/// A configuration directory of this test alone.
class Postconf : public testing::Test {
protected:
    Postconf() : directory_(testing::TempDir() + "postconf_" + testing::UnitTest::GetInstance()->current_test_info()->name()) {
        std::filesystem::create_directories(directory_);
        write("main.cf", "# top\nmyhostname = mail.example.org\nrelayhost =\n [127.0.0.1]:25\nno_such_parameter = 1\nmine = $myhostname\nmydestination = $mine\n");
        write("master.cf", "smtp inet n - n - - smtpd\nsmtp unix - - n - - smtp\n587 inet n - n - - smtpd -v\n  -o syslog_name=postfix/submission -o a=$mine\n");
    }
    ~Postconf() override { std::filesystem::remove_all(directory_); }

    void write(const std::string& name, std::string_view text) const { std::ofstream(directory_ + "/" + name) << text; }
    [[nodiscard]] std::string main_cf() const { return read("main.cf"); }
    [[nodiscard]] std::string read(const std::string& name) const {
        std::ifstream file(directory_ + "/" + name);
        return std::string(std::istreambuf_iterator<char>(file), {});
    }
    [[nodiscard]] PostconfOutput run(const std::vector<std::string>& arguments) const { return run_postconf(arguments, directory_); }

    std::string directory_;
};

}  // namespace

TEST_F(Postconf, shows_what_is_asked_for_in_that_order) {
    EXPECT_EQ(run({"relayhost", "mydestination", "smtpd_banner"}).out,
              "relayhost = [127.0.0.1]:25\nmydestination = $mine\nsmtpd_banner = $myhostname ESMTP $mail_name\n");
    EXPECT_EQ(run({"-hx", "mydestination"}).out, "mail.example.org\n");
    EXPECT_EQ(run({"-H", "mydestination"}).out, "mydestination\n");
    EXPECT_EQ(run({"-d", "relayhost", "maximal_queue_lifetime"}).out, "relayhost =\nmaximal_queue_lifetime = 5d\n");
    EXPECT_EQ(run({"-h", "-o", "mine=x", "-x", "mydestination"}).out, "x\n");
    EXPECT_EQ(run({"smtp_destination_rate_delay"}).out, "smtp_destination_rate_delay = $default_destination_rate_delay\n");
}

TEST_F(Postconf, shows_only_what_is_set_and_warns_of_the_unused) {
    const PostconfOutput output = run({"-n"});
    EXPECT_EQ(output.out, "config_directory = " + directory_ + "\nmine = $myhostname\nmydestination = $mine\nmyhostname = mail.example.org\nrelayhost = [127.0.0.1]:25\n");
    EXPECT_EQ(output.err, "postconf: warning: " + directory_ + "/main.cf: unused parameter: no_such_parameter=1\npostconf: warning: " + directory_ + "/master.cf: unused parameter: a=$mine\n");
    EXPECT_EQ(output.status, 0);
}

TEST_F(Postconf, lists_every_parameter_in_order) {
    const std::string out = run({"-d"}).out;
    EXPECT_TRUE(out.starts_with("2bounce_notice_recipient = postmaster\naccess_map_defer_code = 450\n"));
    EXPECT_TRUE(out.ends_with("virtual_uid_maps =\n"));
    EXPECT_EQ(out.find("\nvirtual_maps ="), std::string::npos);
}

TEST_F(Postconf, shows_classes_of_parameters) {
    EXPECT_EQ(run({"-nC", "user"}).out, "mine = $myhostname\n");
    const std::string service = run({"-dC", "service"}).out;
    EXPECT_TRUE(service.starts_with("smtp_delivery_slot_cost = $default_delivery_slot_cost\n")) << service;
    EXPECT_EQ(service.find("_time_limit"), std::string::npos);
    EXPECT_EQ(run({"-C", "builtin,user"}).out.find("smtp_delivery_slot_cost"), std::string::npos);
    EXPECT_NE(run({"-d"}).out.find("\nsmtp_destination_recipient_limit = $default_destination_recipient_limit\n"), std::string::npos);
    EXPECT_EQ(run({"-C", "nonsense"}).status, 1);
}

TEST_F(Postconf, warns_of_names_that_nobody_defined) {
    write("main.cf", "mine = $nowhere\nsmtpd_banner = $mine   x\nalias_maps =\nforward_path = $home/.forward\n");
    const PostconfOutput output = run({"-n"});
    EXPECT_EQ(output.out, "alias_maps =\nconfig_directory = " + directory_ + "\nforward_path = $home/.forward\nmine = $nowhere\nsmtpd_banner = $mine x\n");
    EXPECT_NE(output.err.find("postconf: warning: " + directory_ + "/main.cf: undefined parameter: nowhere\n"), std::string::npos) << output.err;
    EXPECT_EQ(output.err.find("home"), std::string::npos) << output.err;
    EXPECT_EQ(run({"-x", "forward_path"}).out, "forward_path = $home/.forward\n");
}

TEST_F(Postconf, shows_long_options_of_services_in_one_form_and_expanded) {
    write("master.cf", "smtp inet n - n - - smtpd\n  -o { smtpd_banner = a  $mine }\n  -o syslog_name=postfix/$service_name\n");
    EXPECT_EQ(run({"-M"}).out, "smtp       inet  n       -       n       -       -       smtpd -o {smtpd_banner=a  $mine} -o syslog_name=postfix/$service_name\n");
    EXPECT_NE(run({"-Mx"}).out.find("-o syslog_name=postfix/smtp\n"), std::string::npos);
    EXPECT_EQ(run({"-F", "smtp/inet/command"}).out, "smtp/inet/command = smtpd -o {smtpd_banner=a  $mine} -o syslog_name=postfix/$service_name\n");
}

TEST_F(Postconf, warns_of_unknown_names) {
    const PostconfOutput output = run({"-d", "nosuch", "biff"});
    EXPECT_EQ(output.out, "biff = yes\n");
    EXPECT_EQ(output.err, "postconf: warning: nosuch: unknown parameter\n");
}

TEST_F(Postconf, edits_the_file_in_place) {
    EXPECT_EQ(run({"-e", "relayhost = other", "biff=no"}).status, 0);
    EXPECT_EQ(main_cf(), "# top\nmyhostname = mail.example.org\nrelayhost = other\nno_such_parameter = 1\nmine = $myhostname\nmydestination = $mine\nbiff = no\n");
    EXPECT_EQ(run({"biff="}).status, 0);
    EXPECT_NE(main_cf().find("\nbiff = \n"), std::string::npos);
    EXPECT_EQ(run({"-X", "biff", "mine", "mydestination", "no_such_parameter"}).status, 0);
    EXPECT_EQ(run({"-#", "relayhost"}).status, 0);
    EXPECT_EQ(main_cf(), "# top\nmyhostname = mail.example.org\n#relayhost = other\n");
}

TEST_F(Postconf, refuses_bad_edits) {
    const std::string before = main_cf();
    for (const std::vector<std::string>& arguments : {std::vector<std::string>{"-e", "relayhost"}, {"-X", "relayhost=x"}, {"-e", "a=b\nc=d"}, {"-e", "=x"}, {"-Z"}}) {
        EXPECT_EQ(run(arguments).status, 1) << arguments.back();
    }
    EXPECT_EQ(main_cf(), before);
}

TEST_F(Postconf, shows_rows_parameters_and_fields_of_services) {
    EXPECT_EQ(run({"-M", "smtp/inet"}).out, "smtp       inet  n       -       n       -       -       smtpd\n");
    EXPECT_EQ(run({"-Mf", "587"}).out, "587        inet  n       -       n       -       -       smtpd -v\n    -o syslog_name=postfix/submission\n    -o a=$mine\n");
    EXPECT_EQ(run({"-P"}).out, "587/inet/a = $mine\n587/inet/syslog_name = postfix/submission\n");
    EXPECT_EQ(run({"-Phx", "587/inet/a"}).out, "mail.example.org\n");
    EXPECT_EQ(run({"-F", "smtp/*/command"}).out, "smtp/inet/command = smtpd\nsmtp/unix/command = smtp\n");
    EXPECT_EQ(run({"-M", "nosuch"}).err, "postconf: warning: unmatched request: \"nosuch\"\npostconf: warning: " + directory_ + "/master.cf: unused parameter: a=$mine\n");
    EXPECT_EQ(run({"-Ff", "587/inet/command"}).out, "587/inet/command = smtpd -v\n    -o syslog_name=postfix/submission\n    -o a=$mine\n");
    EXPECT_EQ(run({"-Fhx", "587/inet/command"}).out, "smtpd -v -o syslog_name=postfix/submission -o a=mail.example.org\n");
    EXPECT_EQ(run({"-FH", "587/inet/command"}).out, "587/inet/command\n");
    for (const auto& [option, request, text] : {std::array{"-M", "a/b/c", "-M option requires service_name[/type]"}, {"-F", "a/b/c/d", "-F option requires service_name[/type[/field]]"},
                                                {"-F", "smtp/unix/foo", "invalid service attribute name: \"foo\""}, {"-P", "a//b", "-P option requires service_name[/type[/parameter]]"}}) {
        EXPECT_TRUE(run({option, request}).err.starts_with(std::string("postconf: fatal: ") + text + "\n")) << request;
    }
}

TEST_F(Postconf, edits_services) {
    EXPECT_EQ(run({"-Me", "smtp/inet = smtp inet n - n - 1 postscreen", "new/unix=new unix - - n - - smtp -o a=b"}).err, "");
    EXPECT_EQ(run({"-Pe", "587/inet/syslog_name=x", "587/inet/smtpd_client_restrictions=permit_mynetworks, reject"}).err, "");
    EXPECT_EQ(run({"-PX", "587/inet/a"}).err, "");
    EXPECT_EQ(run({"-Fe", "587/inet/chroot=y", "new/unix/command=lmtp -v"}).err, "");
    EXPECT_EQ(run({"-M#", "smtp/unix"}).err, "");
    EXPECT_EQ(read("master.cf"),
              "smtp       inet  n       -       n       -       1       postscreen\n#smtp unix - - n - - smtp\n"
              "587        inet  n       -       y       -       -       smtpd -v\n    -o syslog_name=x\n"
              "    -o {smtpd_client_restrictions=permit_mynetworks, reject}\n"
              "new        unix  -       -       n       -       -       lmtp -v\n");
    EXPECT_EQ(run({"-MX", "new/unix"}).err, "");
    EXPECT_EQ(read("master.cf").find("new "), std::string::npos);
    for (const std::vector<std::string>& bad : {std::vector<std::string>{"-Me", "a/unix=a unix"}, {"-Fe", "587/inet/chroot=maybe"}, {"-Pe", "587=x"}}) {
        EXPECT_EQ(run(bad).status, 1) << bad.back();
    }
}

TEST_F(Postconf, keeps_comments_of_rows_and_says_what_fits_nothing) {
    write("master.cf", "# top\na inet n - n - - smtpd\n# inside\n  -o x=y\n# after\nb unix - - n - - smtp\n  -oz=1\n");
    EXPECT_EQ(run({"-Pe", "a/inet/x=2", "nosuch/inet/x=2"}).err, "postconf: warning: unmatched service_name/type: \"nosuch/inet/x=2\"\n");
    EXPECT_EQ(run({"-MX", "nosuch/unix"}).status, 0);
    EXPECT_EQ(read("master.cf"), "# top\n# inside\na          inet  n       -       n       -       -       smtpd\n    -o x=2\n# after\nb unix - - n - - smtp\n  -oz=1\n");
    EXPECT_EQ(run({"-M", "none/unix=b unix - - n - 5 lmtp"}).status, 0);
    EXPECT_EQ(run({"-M#", "a/inet"}).status, 0);
    EXPECT_EQ(read("master.cf"), "# top\n# inside\n#a          inet  n       -       n       -       -       smtpd\n#    -o x=2\n# after\nb          unix  -       -       n       -       5       lmtp\n");
    EXPECT_EQ(run({"-Fe", "b/unix/chroot=maybe"}).err, "postconf: fatal: invalid chroot field \"maybe\" in \"maybe\"\n");
    EXPECT_EQ(run({"-Fe", "b/unix/*=n"}).err, "postconf: fatal: -Fe does not accept wild-card field name\n");
    EXPECT_EQ(run({"-Me", "c/unix=c unix"}).err, "postconf: fatal: bad field count: \"c/unix=c unix\"\n");
    write("master.cf", "lonely\n");
    EXPECT_EQ(run({"-MX", "a/unix"}).err, "postconf: fatal: file " + directory_ + "/master.cf: line 1: specify service name and type on the same line\n");
}

TEST_F(Postconf, options_that_exclude_each_other_are_refused) {
    for (const auto& [first, second, text] :
         {std::array{"-n", "-d", "specify one of -d -n"}, {"-a", "-m", "specify one of -a -m"}, {"-x", "-X", "specify one of -x -X"}, {"-b", "-t", "specify one of -b and -t"},
          {"-M", "-h", "with option -M, do not specify -h"}, {"-F", "-X", "with option -F, do not specify -X"}, {"-b", "-x", "with option -b, do not specify -x"},
          {"-e", "-v", "-e requires name=value argument"}, {"-X", "-v", "missing service argument"}, {"-o", "foo", "invalid parameter override: foo: missing '=' after attribute name"}}) {
        EXPECT_EQ(run({first, second}).err, std::string("postconf: fatal: ") + text + "\n");
    }
    EXPECT_TRUE(run({"-Z"}).err.starts_with("postconf: invalid option -- 'Z'\npostconf: fatal: usage: postconf [-a (")) << run({"-Z"}).err;
    EXPECT_TRUE(run({"-c"}).err.starts_with("postconf: option requires an argument -- 'c'\n"));
}

TEST_F(Postconf, warns_of_names_that_are_edited_twice) {
    EXPECT_EQ(run({"-e", "biff=yes", "biff=no"}).err, "postconf: warning: ignoring earlier request: 'biff = yes'\n");
    EXPECT_TRUE(main_cf().ends_with("\nbiff = no\n"));
    write("main.cf", "biff=no\nbiff=yes\n");
    EXPECT_EQ(run({"-#", "biff"}).err, "postconf: warning: " + directory_ + "/main.cf: multiple entries for \"biff\"\n");
    EXPECT_EQ(main_cf(), "#biff=no\n#biff=yes\n");
}

TEST_F(Postconf, shows_the_texts_of_notifications) {
    const std::string built_in = run({"-t"}).out;
    EXPECT_TRUE(built_in.starts_with("failure_template = <<EOF\nCharset: us-ascii\nFrom: Mail Delivery System <MAILER-DAEMON>\nSubject: Undelivered Mail Returned to Sender\n")) << built_in;
    write("b.cf", built_in);
    EXPECT_EQ(run({"-t", directory_ + "/b.cf"}).out, built_in);
    const std::string expanded = run({"-b", directory_ + "/b.cf"}).out;
    EXPECT_TRUE(expanded.starts_with("expanded_failure_text = <<EOF\nThis is the mail system at host mail.example.org.\n")) << expanded;
    EXPECT_EQ(expanded.find("$"), std::string::npos) << expanded;
    write("b.cf", "delay_template = <<E\nhost $mine\nE\nx_template = <<E\nE\n");
    write("main.cf", "mine = $myhostname\nbounce_template_file = " + directory_ + "/b.cf\n");
    const PostconfOutput own = run({"-b"});
    EXPECT_NE(own.out.find("\nexpanded_delay_text = <<EOF\nhost "), std::string::npos) << own.out;
    EXPECT_EQ(own.err, "postconf: warning: " + directory_ + "/b.cf, line 4: unknown template name: x_template -- ignoring this template\n");
    EXPECT_EQ(run({"-t", directory_}).err, "postconf: fatal: open " + directory_ + ": Is a directory\n");
    write("b.cf", "delay_template = <<E\n$nosuch\nE\n");
    EXPECT_EQ(run({"-b"}).status, 1);
}

TEST_F(Postconf, says_what_the_program_has) {
    EXPECT_TRUE(run({"-T", "compile-version"}).out.starts_with("OpenSSL 3."));
    EXPECT_TRUE(run({"-T", "run-version"}).out.starts_with("OpenSSL 3."));
    EXPECT_EQ(run({"-T", "public-key-algorithms"}).out, "dsa\necdsa\nrsa\n");
    EXPECT_EQ(run({"-T", "x"}).err, "postconf: warning: unknown 'postconf -T' mode: x\n");
    EXPECT_NE(run({"-m"}).out.find("\npipemap\nproxy\nrandmap\n"), std::string::npos);
    EXPECT_EQ(run({"-l"}).out, "flock\nfcntl\ndotlock\n");
    EXPECT_EQ(run({"-a"}).out, "cyrus\ndovecot\nfile\n");
}

TEST_F(Postconf, a_missing_main_cf_is_fatal) {
    std::filesystem::remove(directory_ + "/main.cf");
    const PostconfOutput output = run({"relayhost"});
    EXPECT_EQ(output.status, 1);
    EXPECT_NE(output.err.find("No such file or directory"), std::string::npos);
}

TEST(EditMainCf, replaces_a_whole_logical_line_and_keeps_its_comments) {
    EXPECT_EQ(edit_main_cf("a = 1\n  2\n# note\n  3\nb = 1\na = 9\n", {{"a", "x"}}, EditKind::set).text, "a = x\n# note\nb = 1\na = x\n");
    EXPECT_EQ(edit_main_cf("a = 1\n  2\nb = 1\n", {{"a", ""}}, EditKind::comment_out).text, "#a = 1\n#  2\nb = 1\n");
    EXPECT_EQ(edit_main_cf("ab = 1\na=2", {{"a", "x"}}, EditKind::set).text, "ab = 1\na = x\n");
}

}  // namespace posthouse::tools
