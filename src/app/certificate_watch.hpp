#pragma once
// CertificateWatch: renewed certificates are read again by themselves. Not a reload: main.cf may be half edited, so what is in use is
// built once more from the configuration that it came from. Lives on core 0.
#include <functional>

#include "app/certificate_files.hpp"
#include "base/result.hpp"
#include "observe/event.hpp"
#include "world/clock.hpp"
#include "world/signal.hpp"

namespace posthouse::app {

class CertificateWatch {
public:
    struct Doors {
        world::Files& files;
        world::Clock& clock;
        observe::EventSink& events;
    };
    /// `read_again` puts the files as they are now in use and tells use(), or says why what was read before stays.
    using ReadAgain = std::function<base::Result<void>()>;
    CertificateWatch(Doors doors, ReadAgain read_again) : doors_(doors), read_again_(std::move(read_again)) {}

    /// What the files of the configuration in use looked like before they were read.
    void use(FileStamps in_use);
    /// Until it is cancelled. Without files it sleeps.
    world::Task<void> run();

private:
    void try_files(const FileStamps& now, const std::vector<std::string>& files);

    Doors doors_;
    ReadAgain read_again_;
    FileStamps in_use_;
    world::Signal named_;  // in_use_ is new
    FileStamps last_;      // at the look before
    FileStamps failed_;    // what could not be used: not tried again as long as it looks the same
};

}  // namespace posthouse::app
