#pragma once
// What a server asks of its supervisor, as records over a Channel: `word id=N …`, answered with `ok id=N …` or `error id=N kind=…
// text=…`, an open file beside it where one was asked for.
#include <optional>

#include "base/ip_address.hpp"
#include "mail/record.hpp"

namespace posthouse::app::supervisor_protocol {

inline constexpr const char* channel_variable = "POSTHOUSE_SUPERVISOR_FD";

inline constexpr const char* listen = "listen";    // address= port=: a listening socket, held for servers to come
inline constexpr const char* close = "close";      // address= port=: which nobody needs any more
inline constexpr const char* spool = "spool";      // answered when the queue belongs to nobody else
inline constexpr const char* ready = "ready";      // it serves
inline constexpr const char* reloaded = "reloaded";  // what SIGHUP asked for is done, or refused
inline constexpr const char* stopping = "stopping";  // somebody asked the server to stop: no other is to follow it
inline constexpr const char* ping = "ping";
inline constexpr const char* log = "log";          // the log file, opened anew
inline constexpr const char* program = "program";  // user= time-limit= arg= …: see ProgramStarter
inline constexpr const char* replace = "replace";  // this server must make way for one that may reach more

/// The exit status of a server that ended because its supervisor did not answer: one that does after all starts another.
inline constexpr int abandoned = 75;

void add_endpoint(mail::Record& record, const base::Endpoint& endpoint);
/// nullopt: that is none.
[[nodiscard]] std::optional<base::Endpoint> endpoint_of(const mail::Record& record);
/// The word for an error, and the error of a reply.
[[nodiscard]] mail::Record error_reply(const base::Error& error);
[[nodiscard]] base::Error error_of(const mail::Record& reply);

}  // namespace posthouse::app::supervisor_protocol
