#pragma once
// SharedPlaces: SharedSlots that tasks of all cores can wait for. What holds a place is a Place, which gives it back.
#include <deque>
#include <memory>
#include <vector>

#include "world/cores.hpp"
#include "world/shared_slots.hpp"
#include "world/signal.hpp"

namespace posthouse::world {

class SharedPlaces : public std::enable_shared_from_this<SharedPlaces> {
public:
    /// `limit` 0: none.
    SharedPlaces(Cores& cores, std::size_t limit) : cores_(cores), limit_(limit), slots_(cores.count()), waiting_(cores.count()), freed_(cores.count()) {}

    /// Holds one place of each kind it was made of. Any core may drop it.
    class Place {
    public:
        Place() = default;
        explicit Place(std::shared_ptr<SharedPlaces> owner) : owner_(std::move(owner)) {}
        Place(Place&& other) noexcept : owner_(std::move(other.owner_)) {}
        Place& operator=(Place&& other) noexcept {
            std::swap(owner_, other.owner_);
            return *this;
        }
        ~Place() {
            if (owner_) {
                owner_->give_back();
            }
        }

    private:
        std::shared_ptr<SharedPlaces> owner_;
    };

    /// After a reload; who waits looks again. What is taken stays taken.
    void use(std::size_t limit) {
        limit_ = limit;
        wake_others();
    }
    [[nodiscard]] std::size_t limit() const { return limit_; }
    [[nodiscard]] std::size_t taken() const { return slots_.taken(); }
    [[nodiscard]] bool is_full() const { return limit_ > 0 && slots_.taken() >= limit_; }

    /// False: there is none.
    [[nodiscard]] bool try_take(Place& place) {
        if (!slots_.take(limit_)) {
            return false;
        }
        place = Place(shared_from_this());
        return true;
    }
    /// Until there is one, which somebody else may take first. `core`: the caller's.
    Task<void> wait_for_room(std::size_t core) {
        struct Waiter {
            SharedPlaces& places;
            std::size_t core;
            Waiter(SharedPlaces& where, std::size_t index) : places(where), core(index) {
                ++places.waiting_[core];
                places.slots_.set_waiting(core, true);
            }
            Waiter(const Waiter&) = delete;
            Waiter& operator=(const Waiter&) = delete;
            ~Waiter() { places.slots_.set_waiting(core, --places.waiting_[core] > 0); }
        };
        while (is_full()) {
            const Waiter waiter(*this, core);
            if (!is_full()) {
                break;  // one came back before we were seen to wait
            }
            co_await freed_[core].wait();
        }
    }

private:
    void give_back() {
        slots_.give_back();
        wake_others();
    }
    void wake_others() {
        for (std::size_t i = 0; i < freed_.size() && slots_.anybody_waits(); ++i) {
            if (const auto core = slots_.next_waiting()) {
                cores_.core(*core).executor.post([self = shared_from_this(), core = *core] { self->freed_[core].notify_all(); });
            }
        }
    }

    Cores& cores_;
    std::atomic<std::size_t> limit_;
    SharedSlots slots_;
    std::vector<std::size_t> waiting_;  // by core, each the core's own
    std::deque<Signal> freed_;          // by core
};

}  // namespace posthouse::world
