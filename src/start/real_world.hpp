#pragma once
// The real world of one process: what servers, and commands that build a server's parts, are made on.
#include "app/world.hpp"
#include "net/asio_cores.hpp"
#include "net/openssl_engine.hpp"
#include "os/posix_files.hpp"
#include "os/thread_pool.hpp"

namespace posthouse::app {

/// Everything that lives as long as the process, in the order in which it must go.
struct Process {
    os::PosixFiles files;
    std::unique_ptr<world::TlsEngine> tls = net::make_openssl_engine();
    os::ThreadPool log_pool{1};
    os::ThreadPool commit_pool{1};
    os::ThreadPool pool{4};
};

/// What the references name must outlive it.
[[nodiscard]] ServerWorld real_world(net::RealCores& cores, Process& process, observe::EventSink& events);

}  // namespace posthouse::app
