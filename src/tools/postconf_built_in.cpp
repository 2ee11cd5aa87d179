#include "tools/postconf_built_in.hpp"

#include <openssl/crypto.h>
#include <openssl/opensslv.h>

#include <algorithm>
#include <chrono>

#include "base/format.hpp"
#include "bounce/templates.hpp"
#include "message/date.hpp"
#include "os/host.hpp"
#include "tables/open.hpp"
#include "tools/read_file.hpp"

namespace posthouse::tools {

namespace {

using Action = PostconfOptions::Action;

std::string table_types() {
    std::vector<std::string_view> names = tables::table_types();
    names.push_back("proxy");
    std::sort(names.begin(), names.end());
    std::string out;
    for (const std::string_view name : names) {
        out.append(name) += '\n';
    }
    return out;
}

void show_tls(std::string_view mode, PostconfOutput& output) {
    if (mode == "compile-version") {
        output.out = OPENSSL_VERSION_TEXT "\n";
    } else if (mode == "run-version") {
        output.out = base::format("{}\n", OpenSSL_version(OPENSSL_VERSION));
    } else if (mode == "public-key-algorithms") {
        output.out = "dsa\necdsa\nrsa\n";  // what smtpd_tls_dcert_file, smtpd_tls_eccert_file and smtpd_tls_cert_file are for
    } else {
        output.err = base::format("postconf: warning: unknown 'postconf -T' mode: {}\n", mode);
        output.status = 1;
    }
}

// -b has no notice that knows its date: a message of this moment serves as the example.
std::string with_date(std::string text, const config::View& view) {
    constexpr std::string_view macro = "$will_retry_until";
    if (const std::size_t at = text.find(macro); at != std::string::npos) {
        const auto until = std::chrono::system_clock::now() + view.time("maximal_queue_lifetime");
        const os::ZoneOffset zone = os::zone_offset(until);
        text.replace(at, macro.size(), message::mail_date(until, {zone.offset, zone.name}));
    }
    return text;
}

base::Result<bounce::Templates> templates(const std::string& file, const bounce::Warn& warn) {
    if (file.empty()) {
        return bounce::built_in_templates();
    }
    const base::Result<std::string> text = read_file(file);
    return text ? bounce::parse_templates(*text, file, warn) : std::unexpected(text.error());
}

}  // namespace

void show_built_in(const PostconfOptions& options, PostconfOutput& output) {
    switch (options.action) {
        case Action::list_table_types: output.out = table_types(); break;
        case Action::list_lock_types: output.out = "flock\nfcntl\ndotlock\n"; break;
        case Action::list_sasl_servers: output.out = "cyrus\ndovecot\nfile\n"; break;
        case Action::list_sasl_clients: output.out = "cyrus\n"; break;  // what smtp_sasl_type is by default; the mechanisms are built in
        default: show_tls(options.tls_mode, output);
    }
}

void show_templates(const config::View& view, const PostconfOptions& options, PostconfOutput& output) {
    const std::string file = options.names.empty() ? view.text("bounce_template_file") : options.names.front();
    const bounce::Warn warn = [&output](const std::string& text) { output.err += base::format("postconf: warning: {}\n", text); };
    const auto fail = [&output](const std::string& text) {
        output.err += base::format("postconf: fatal: {}\n", text);
        output.status = 1;
    };
    const auto found = templates(file, warn);
    if (!found) {
        return fail(found.error().text);
    }
    if (options.action == Action::show_templates) {
        output.out = bounce::template_file(*found);
        return;
    }
    for (const bounce::NoticeTemplate* one : {&found->failure, &found->delay, &found->success, &found->verify}) {
        const auto text = bounce::expanded_text(*one, file, view, warn);
        if (!text) {
            return fail(text.error().text);
        }
        base::append_format(output.out, "{}expanded_{}_text = <<EOF\n{}EOF\n", output.out.empty() ? "" : "\n", one->name, with_date(*text, view));
    }
}

}  // namespace posthouse::tools
