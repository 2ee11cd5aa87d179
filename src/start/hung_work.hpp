#pragma once
// Work that still hangs in a client library when the server has stopped works for nobody; destructors would take from it what it uses.
#include <functional>

#include "observe/batched_log.hpp"
#include "observe/event.hpp"
#include "os/own_process.hpp"

namespace posthouse::app {

/// For os::ThreadPool: says so and ends the process, whose work is done.
[[nodiscard]] inline std::function<void()> leave_hung_work(observe::EventSink& events, observe::BatchedLog& log) {
    return [&events, &log] {
        events.info("postfix/master", "stopped without the end of lookups that hang in a table's server or in saslauthd");
        log.flush();
        os::leave_now(0);
    };
}

}  // namespace posthouse::app
