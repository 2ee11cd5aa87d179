// CleanupIntake: whether there is room in the queue for another message.
#include <algorithm>

#include "cleanup/intake.hpp"

namespace posthouse::cleanup {

bool CleanupIntake::has_room(base::Bytes declared_size) const {
    // smtpd(8): queue_minfree, and at least 1.5 times message_size_limit, so that what was announced still fits.
    const auto now = clock_.now();
    if (now - room_checked_ >= std::chrono::seconds{1}) {
        room_checked_ = now;
        const auto free = files_.free_bytes(settings_->queue_directory);
        free_bytes_ = free ? *free : ~std::uint64_t{0};
    }
    const std::uint64_t wanted = std::max(settings_->queue_minfree.count, settings_->message_size_limit.count + settings_->message_size_limit.count / 2);
    return free_bytes_ >= wanted && free_bytes_ - declared_size.count >= settings_->queue_minfree.count && free_bytes_ >= declared_size.count;
}

}  // namespace posthouse::cleanup
