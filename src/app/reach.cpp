#include "app/reach.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "app/smtpd_logins.hpp"
#include "base/text.hpp"
#include "control/socket_path.hpp"

namespace posthouse::app {

namespace {

// What libc, OpenSSL, libunbound and the clients of databases read. Of /etc only this for a process that could read the rest, too.
constexpr std::array system_places{
    "/usr", "/lib", "/lib64", "/lib32", "/dev", "/proc/self", "/proc/sys", "/proc/meminfo", "/proc/cpuinfo", "/proc/stat", "/sys/devices/system/cpu", "/run/systemd/resolve",
    "/run/systemd/userdb", "/run/resolvconf", "/run/nscd", "/run/NetworkManager", "/var/lib/sss", "/etc/resolv.conf", "/etc/hosts", "/etc/nsswitch.conf", "/etc/services",
    "/etc/protocols", "/etc/networks", "/etc/passwd", "/etc/group", "/etc/localtime", "/etc/host.conf", "/etc/gai.conf", "/etc/ld.so.cache", "/etc/ssl/certs", "/etc/ssl/cert.pem",
    "/etc/ssl/openssl.cnf", "/etc/pki", "/etc/ca-certificates", "/etc/ldap", "/etc/mysql", "/etc/my.cnf", "/etc/krb5.conf", "/etc/unbound", "/etc/mailname", "/etc/hostname"};

// Parameters whose tables we write beside.
constexpr std::array caches{"address_verify_map", "postscreen_cache_map", "smtp_tls_session_cache_database", "smtpd_tls_session_cache_database", "lmtp_tls_session_cache_database"};

std::string parent_of(const std::string& path) {
    const std::size_t slash = path.rfind('/');
    return slash == 0 || slash == std::string::npos ? "/" : path.substr(0, slash);
}

// A folder so wide that naming one file in it is no wish for all the others.
bool is_wide(const std::string& folder) { return folder == "/" || folder == "/etc" || folder == "/dev" || folder == "/var" || folder == "/home" || folder == "/root"; }

class Collector {
public:
    explicit Collector(world::Files& files) : files_(files) {}

    /// With what it leads to: live/example.test/key.pem is a link to archive/….
    void read(const std::string& path) {
        read_here(path);
        if (const std::string real = files_.canonical(path); real != path) {
            read_here(real);
        }
    }
    /// What does not exist may be made: in the nearest folder that does. False: that is the root of all.
    bool write(std::string path) {
        while (path != "/" && !path.empty()) {
            if (const auto info = files_.info(path); info && info->is_directory) {
                add(reach.write, path, *info);
                return true;
            }
            path = parent_of(path);
        }
        return false;
    }
    Reach reach;

private:
    void read_here(const std::string& path) {
        const auto info = files_.info(path);
        const std::string folder = parent_of(path);
        if (info && info->is_directory && path != "/") {
            add(reach.read, path, *info);
        } else if (!is_wide(folder)) {
            // Its folder, since a table that is made anew takes the place of the old one.
            if (const auto around = files_.info(folder); around && around->is_directory) {
                add(reach.read, folder, *around);
            }
        } else {
            for (const char* suffix : {"", ".db", ".lmdb", ".cdb"}) {  // the table that is read may stand beside its source
                if (const auto file = files_.info(path + suffix)) {
                    add(reach.read, path + suffix, *file);
                }
            }
        }
    }
    void add(std::vector<Reach::Place>& places, const std::string& path, const world::FileInfo& info) {
        if (seen_[&places == &reach.write].insert(path).second) {
            places.push_back({path, info.inode});
        }
    }

    world::Files& files_;
    std::array<std::set<std::string>, 2> seen_;
};

bool describes_a_database(std::string_view value, const std::string& path) {
    for (const char* type : {"ldap:", "mysql:", "pgsql:", "sqlite:", "memcache:"}) {
        if (value.find(type + path) != std::string_view::npos) {
            return true;
        }
    }
    return false;
}

void collect_values(const config::View& view, world::Files& files, Collector& into) {
    for (const std::string& name : view.names_set()) {
        const std::string value = view.text(name);
        for (const std::string& path : absolute_paths(value)) {
            into.read(path);
            if (!describes_a_database(value, path)) {
                continue;
            }
            if (const auto text = files.read(path)) {
                for (const std::string& inner : absolute_paths(*text)) {
                    into.read(inner);
                }
            }
        }
    }
}

// Cyrus SASL: its application file, what that names, and what is there if it names nothing.
void collect_logins(const config::View& view, world::Files& files, Collector& into) {
    if (!view.boolean("smtpd_sasl_auth_enable") || view.text("smtpd_sasl_type") != "cyrus") {
        return;
    }
    const std::string queue = view.text("queue_directory");
    const auto config = cyrus_config(view, files, {});
    std::vector<std::string> paths{std::string(sasl::default_saslauthd_path), std::string(sasl::default_sasldb_path)};
    if (config && !config->file.empty()) {
        into.read(config->file);
        for (const auto& [key, value] : config->options) {
            const auto named = absolute_paths(value);
            paths.insert(paths.end(), named.begin(), named.end());
        }
    }
    for (const std::string& path : paths) {
        if (const std::string inside = queue + path; files.info(inside)) {  // of a service with chroot
            into.read(inside);
        }
        into.read(path);
    }
}

void collect_folders(const config::View& view, Collector& into) {
    const std::string queue = view.text("queue_directory");
    into.write(queue);
    into.write(view.text("data_directory"));
    for (const control::Door door : {control::Door::everyone, control::Door::administrator}) {
        if (const std::string path = control::socket_path(queue, door); !path.starts_with(queue)) {
            into.write(parent_of(path));
        }
    }
    for (const char* name : caches) {
        for (const std::string& path : absolute_paths(view.text(name))) {
            into.write(parent_of(path));
        }
    }
}

void collect_mailboxes(const config::View& view, Collector& into) {
    const std::string base = view.text("virtual_mailbox_base");
    if (!base.empty() || !view.text("virtual_mailbox_maps").empty()) {
        into.reach.for_others = true;
        into.reach.everywhere |= !into.write(base);
    }
}

// True if what was given for `held` opens `path` now.
bool opens(const Reach::Place& held, const std::string& path, world::Files& files) {
    const bool below = path == held.path || (path.starts_with(held.path) && path[held.path.size()] == '/');
    if (!below) {
        return false;
    }
    const auto now = files.info(held.path);
    return now && (held.inode == 0 || now->inode == held.inode);
}

std::string first_closed(const std::vector<Reach::Place>& held, const std::vector<Reach::Place>& wanted, world::Files& files) {
    for (const Reach::Place& place : wanted) {
        if (std::none_of(held.begin(), held.end(), [&](const Reach::Place& have) { return opens(have, place.path, files); })) {
            return place.path;
        }
    }
    return {};
}

}  // namespace

std::vector<std::string> absolute_paths(std::string_view text) {
    constexpr std::string_view before = " \t\r\n,:={}()<>\"'!;", after = " \t\r\n,={}()<>\"';";
    std::vector<std::string> out;
    for (std::size_t at = text.find('/'); at != std::string_view::npos; at = text.find('/', at)) {
        const std::size_t end = std::min(text.find_first_of(after, at), text.size());
        if (at == 0 || before.find(text[at - 1]) != std::string_view::npos) {
            std::string path(text.substr(at, end - at));
            while (path.size() > 1 && (path.back() == '/' || path.back() == ':')) {
                path.pop_back();
            }
            if (path.size() > 1 && !path.starts_with("//")) {
                out.push_back(std::move(path));
            }
        }
        at = end;
    }
    return out;
}

std::string Reach::beyond(const Reach& other, world::Files& files) const {
    if (other.for_others && !for_others) {
        return "a mailbox";
    }
    if (everywhere || other.everywhere) {
        return everywhere ? "" : "/";
    }
    std::vector<Place> readable = read;
    readable.insert(readable.end(), write.begin(), write.end());
    std::string closed = first_closed(readable, other.read, files);
    return closed.empty() ? first_closed(write, other.write, files) : closed;
}

Reach reach_of(const config::Configuration& configuration, world::Files& files, ReadingRights rights) {
    Collector into(files);
    const auto system = [&](const std::string& path) {
        if (const auto info = files.info(path)) {
            const bool numbers_change = path.starts_with("/proc/") || path.starts_with("/sys/");
            into.reach.read.push_back({path, numbers_change ? 0 : info->inode});
        }
    };
    if (rights == ReadingRights::own) {
        system("/etc");
    }
    for (const char* path : system_places) {
        system(path);
    }
    for (const char* name : {"", "/main.cf", "/master.cf"}) {
        into.read(configuration.directory() + name);
    }
    into.reach.write.push_back({"/dev/null", files.info("/dev/null") ? files.info("/dev/null")->inode : 0});
    const auto collect = [&](const config::View& view) {
        collect_values(view, files, into);
        collect_logins(view, files, into);
        collect_folders(view, into);
    };
    collect(configuration.main());
    collect_mailboxes(configuration.main(), into);
    for (const config::Service& row : configuration.services()) {
        if (!row.overrides.empty()) {
            collect(configuration.view(row));
            collect_mailboxes(configuration.view(row), into);
        }
    }
    return std::move(into.reach);
}

}  // namespace posthouse::app
