// Certificates whose time is over, or nearly so. That they can be used at all is found out by making the services.
#include "app/lint/lint.hpp"
#include "base/format.hpp"
#include "base/text.hpp"
#include "message/date.hpp"

namespace posthouse::app::lint {

namespace {

constexpr auto soon = std::chrono::hours{24 * 14};  // ours: whoever renews by hand needs two weeks

bool is_certificate(std::string_view name) { return name.ends_with("_tls_cert_file") || name.ends_with("_tls_eccert_file") || name.ends_with("_tls_dcert_file") || name.ends_with("_tls_chain_files"); }

void one_certificate(const Setting& setting, const std::string& path, const Subject& subject, Report& report) {
    const auto text = subject.files.read(path);
    const auto end = text ? subject.tls.certificate_end(*text) : std::nullopt;
    if (!end) {
        return;
    }
    const std::string when = message::mail_date(*end, {.utc_offset = {}, .name = {}});
    if (*end <= subject.now) {
        report.at(Severity::error, setting, base::format("{}: the certificate in {} expired on {}: peers that look refuse it; renew it", setting.name, path, when));
    } else if (*end <= subject.now + soon) {
        report.at(Severity::warning, setting, base::format("{}: the certificate in {} expires on {}; renew it", setting.name, path, when));
    }
}

}  // namespace

void certificates(const Subject& subject, Report& report) {
    for (const Setting* setting : all_settings(subject.configuration)) {
        if (!is_certificate(setting->name)) {
            continue;
        }
        const std::string value = subject.configuration.main().expanded(setting->value);
        for (const std::string_view path : base::split_words(value, ", \t\r\n")) {
            if (path.starts_with('/')) {
                one_certificate(*setting, std::string(path), subject, report);
            }
        }
    }
}

}  // namespace posthouse::app::lint
