#pragma once
// ProgramStarter: the supervisor's side of world::Programs. A server may have the programs of spawn(8) rows started, as their users,
// and nothing else: what it asks for is looked up in master.cf.
#include "config/snapshot.hpp"
#include "mail/record.hpp"
#include "observe/event.hpp"
#include "os/program_keeper.hpp"
#include "start/serve.hpp"

namespace posthouse::app {

/// "PATH=…" and the few variables of ours that a program gets.
[[nodiscard]] std::vector<std::string> program_environment();

/// Whether a spawn row of master.cf has this user and this command.
[[nodiscard]] bool is_spawn_row(const config::Configuration& configuration, const std::string& user, const std::vector<std::string>& arguments);

class ProgramStarter {
public:
    ProgramStarter(const ServeRequest& request, observe::EventSink& events);

    /// Answers `program user= time-limit= arg= arg= …`. With an ok two open files: the program's standard input and output, and
    /// one that ends when the program has.
    [[nodiscard]] mail::Record start(const mail::Record& request, std::vector<os::FileDescriptor>& descriptors);
    [[nodiscard]] bool is_busy() const { return keeper_.is_busy(); }

private:
    const ServeRequest& request_;
    os::ProgramKeeper keeper_;
};

/// The request, for the server's side. ErrorKind::limit: too many words.
[[nodiscard]] base::Result<mail::Record> program_request(const std::string& user, const std::vector<std::string>& arguments, std::chrono::milliseconds time_limit);

}  // namespace posthouse::app
