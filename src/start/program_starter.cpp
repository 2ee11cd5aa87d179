#include "start/program_starter.hpp"

#include <cstdlib>

#include "base/format.hpp"
#include "os/channel.hpp"
#include "os/posix_files.hpp"
#include "os/users.hpp"
#include "start/mail_owner.hpp"
#include "start/read_configuration.hpp"
#include "start/supervisor_protocol.hpp"

namespace posthouse::app {

using base::Result;
namespace protocol = supervisor_protocol;

namespace {

std::vector<std::string> arguments_of(const mail::Record& request) {
    std::vector<std::string> out;
    for (const auto& [key, value] : request.fields) {
        if (key == "arg") {
            out.push_back(value);
        }
    }
    return out;
}

// Whose rights no program gets: those of the mail system.
std::uint32_t owner_of(const config::View& view) {
    std::string remark;
    const auto owner = find_mail_owner(view, remark);
    return owner && *owner ? (*owner)->user.user_id : os::current_user_id();
}

}  // namespace

// What Postfix's clean_env() leaves: a fixed PATH and the names of export_environment's default.
std::vector<std::string> program_environment() {
    std::vector<std::string> out{"PATH=/bin:/usr/bin:/sbin:/usr/sbin"};
    for (const char* name : {"TZ", "MAIL_CONFIG", "LANG"}) {
        if (const char* value = std::getenv(name); value != nullptr) {
            out.push_back(std::string(name) + "=" + value);
        }
    }
    return out;
}

bool is_spawn_row(const config::Configuration& configuration, const std::string& user, const std::vector<std::string>& arguments) {
    if (arguments.empty()) {
        return false;
    }
    std::vector<std::string> command = arguments;
    command.front().insert(0, "argv=");
    for (const config::Service& row : configuration.services()) {
        const auto argv = std::find_if(row.arguments.begin(), row.arguments.end(), [](const std::string& word) { return word.starts_with("argv="); });
        if (row.command == "spawn" && std::equal(argv, row.arguments.end(), command.begin(), command.end()) &&
            std::find(row.arguments.begin(), argv, "user=" + user) != argv) {
            return true;
        }
    }
    return false;
}

ProgramStarter::ProgramStarter(const ServeRequest& request, observe::EventSink& events)
    : request_(request), keeper_([&events](const std::string& text) { events.warn("postfix/spawn", text); }) {}

mail::Record ProgramStarter::start(const mail::Record& request, std::vector<os::FileDescriptor>& descriptors) {
    os::PosixFiles files;
    const std::vector<std::string> arguments = arguments_of(request);
    const auto configuration = read_configuration(request_, files);  // as it is now: a reload may have brought the row
    if (!configuration) {
        return protocol::error_reply(configuration.error());
    }
    if (!is_spawn_row(**configuration, request.get("user"), arguments)) {
        return protocol::error_reply({base::ErrorKind::permission, "no spawn row of master.cf has this user and command"});
    }
    const config::View view = (*configuration)->main();
    const auto user = os::find_program_user(request.get("user"), owner_of(view));
    if (!user) {
        return protocol::error_reply(user.error());
    }
    auto life = os::Channel::make();
    if (!life) {
        return protocol::error_reply(life.error());
    }
    const auto end = world::Deadline::at(std::chrono::steady_clock::now() + std::chrono::milliseconds(std::min(request.number("time-limit").value_or(0), std::uint64_t{1} << 40)));
    auto stream = keeper_.start({arguments, program_environment(), view.text("queue_directory"), *user}, end, [ours = std::move(life->first)]() mutable { ours.close(); });
    if (!stream) {
        return protocol::error_reply(stream.error());
    }
    descriptors.push_back(std::move(*stream));
    descriptors.emplace_back(life->second.release());
    return mail::Record("ok");
}

Result<mail::Record> program_request(const std::string& user, const std::vector<std::string>& arguments, std::chrono::milliseconds time_limit) {
    mail::Record request(protocol::program);
    request.add("user", user).add("time-limit", static_cast<std::uint64_t>(std::max<std::int64_t>(time_limit.count(), 0)));
    for (const std::string& word : arguments) {
        request.add("arg", word);
    }
    constexpr std::size_t with_id = 1;
    if (request.fields.size() + with_id > mail::record_fields_max) {
        return base::fail(base::ErrorKind::limit, base::format("a command has at most {} words", mail::record_fields_max - 3));
    }
    return request;
}

}  // namespace posthouse::app
