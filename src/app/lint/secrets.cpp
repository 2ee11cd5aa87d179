// Passwords and private keys that every user of this host may read.
#include <algorithm>

#include "app/lint/lint.hpp"
#include "base/format.hpp"
#include "base/text.hpp"

namespace posthouse::app::lint {

namespace {

constexpr unsigned others_read = 0004;

void one_file(const Setting& setting, const std::string& path, std::string_view what, world::Files& files, Report& report) {
    const auto info = files.info(path);
    if (info && !info->is_directory && (info->mode & others_read) != 0) {
        report.at(Severity::warning, setting, base::format("{}: everybody on this host may read {} ({}); run \"chmod 600 {}\"", setting.name, path, what, path));
    }
}

void tables_of_passwords(const Setting& setting, const std::string& value, world::Files& files, Report& report) {
    for (const NamedTable& table : tables_in(value)) {
        if (!table.name.starts_with('/')) {
            continue;
        }
        one_file(setting, table.name, "passwords", files, report);
        for (const char* suffix : {".db", ".lmdb", ".cdb"}) {
            one_file(setting, table.name + suffix, "passwords", files, report);
        }
    }
}

// Files that tell how to log in at a database.
void tables_of_databases(const Setting& setting, const std::string& value, world::Files& files, Report& report) {
    for (const NamedTable& table : tables_in(value)) {
        const bool has_login = table.type == "mysql" || table.type == "pgsql" || table.type == "ldap";
        const auto text = has_login && table.name.starts_with('/') ? files.read(table.name) : base::Result<std::string>(std::string());
        if (text && (text->find("password") != std::string::npos || text->find("bind_pw") != std::string::npos)) {
            one_file(setting, table.name, "the login at a database", files, report);
        }
    }
}

bool is_key_file(std::string_view name) { return name.ends_with("_tls_key_file") || name.ends_with("_tls_eckey_file") || name.ends_with("_tls_dkey_file") || name.ends_with("_tls_chain_files"); }

}  // namespace

void secrets(const Subject& subject, Report& report) {
    const auto look_at = [&](const Setting& setting, const View& view) {
        const std::string value = view.expanded(setting.value);
        if (setting.name.ends_with("_sasl_password_maps")) {
            tables_of_passwords(setting, value, subject.files, report);
        } else {
            tables_of_databases(setting, value, subject.files, report);
        }
        if (is_key_file(setting.name)) {
            for (const std::string_view path : base::split_words(value, ", \t\r\n")) {
                one_file(setting, std::string(path), "a private key", subject.files, report);
            }
        }
        if (setting.name == "smtpd_sasl_path" && view.text("smtpd_sasl_type") == "file") {
            one_file(setting, value, "password hashes", subject.files, report);
        }
    };
    for (const auto& [name, setting] : subject.configuration.main_cf().settings()) {
        look_at(setting, subject.configuration.main());
    }
    for (const Service& row : subject.configuration.services()) {
        if (!row.overrides.empty()) {
            const View view = subject.configuration.view(row);
            std::for_each(row.overrides.begin(), row.overrides.end(), [&](const Setting& setting) { look_at(setting, view); });
        }
    }
}

}  // namespace posthouse::app::lint
