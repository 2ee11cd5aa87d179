#include "start/guard.hpp"

#include <cstdlib>

#include "base/format.hpp"
#include "os/call_filter.hpp"
#include "os/capabilities.hpp"
#include "os/landlock.hpp"
#include "os/users.hpp"

namespace posthouse::app {

namespace {

std::string user_text() {
    const auto user = os::find_user(os::current_user_id());
    return base::format("{} ({})", user && *user ? (*user)->name : std::string("unknown"), os::current_user_id());
}

std::string capabilities_text() {
    const os::ThreadRights rights = os::thread_rights();
    const std::string in_use = os::names(rights.effective);
    const std::string at_hand = os::names(os::Capabilities(rights.permitted.bits() & ~rights.effective.bits()));
    return (in_use.empty() ? "none" : in_use) + (at_hand.empty() ? "" : ", at hand " + at_hand);
}

Guard beginning() {
    Guard guard;
    guard.user = user_text();
    guard.capabilities = capabilities_text();
    const auto given_up = os::gain_no_privileges();
    guard.privileges = given_up ? "on" : "off: " + given_up.error().text;
    return guard;
}

std::vector<std::string> paths(const std::vector<Reach::Place>& places) {
    std::vector<std::string> out;
    for (const Reach::Place& place : places) {
        out.push_back(place.path);
    }
    return out;
}

bool is_unwanted() {
    const char* wish = std::getenv("POSTHOUSE_SANDBOX");
    return wish != nullptr && std::string_view(wish) == "no";
}

}  // namespace

std::string Guard::line() const {
    return base::format("guard: user {}; capabilities {}; no_new_privs {}; seccomp {}; Landlock {}", user, capabilities, privileges, calls, folders);
}

std::vector<std::string> Guard::lines() const {
    return {"user: " + user, "capabilities: " + capabilities, "no_new_privs: " + privileges, "seccomp: " + calls, "Landlock: " + folders};
}

Guard unsupervised_guard() {
    Guard guard = beginning();
    guard.calls = guard.folders = "off: there is no supervisor that would open and run things (POSTHOUSE_SUPERVISE=no)";
    return guard;
}

Guard raise_guard(const Reach& reach) {
    Guard guard = beginning();
    if (is_unwanted()) {
        guard.calls = guard.folders = "off: POSTHOUSE_SANDBOX=no";
        return guard;
    }
    const auto folders = reach.everywhere ? base::Result<void>(base::fail(base::ErrorKind::invalid, "virtual_mailbox_base lets mailboxes be anywhere"))
                                          : os::reach_only({paths(reach.read), paths(reach.write)});
    guard.bounds_folders = folders.has_value();
    guard.folders = folders ? base::format("on, version {}", os::landlock_version()) : "off: " + folders.error().text;
    const auto calls = os::filter_calls({.act_for_others = reach.for_others});
    guard.calls = calls ? "on" : "off: " + calls.error().text;
    return guard;
}

}  // namespace posthouse::app
