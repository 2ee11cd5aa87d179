#include "app/current.hpp"

namespace posthouse::app {

world::Task<mail::Route> CurrentRouter::resolve(std::string recipient, mail::ReversePath reverse_path) {
    const auto generation = current_.get();
    co_return co_await generation->router().resolve(std::move(recipient), std::move(reverse_path));
}

world::Task<mail::Route> CurrentRouter::resolve_probe(std::string recipient, mail::ReversePath reverse_path) {
    const auto generation = current_.get();
    co_return co_await generation->router().resolve_probe(std::move(recipient), std::move(reverse_path));
}

world::Task<mail::Validation> CurrentRouter::validate(std::string recipient) {
    const auto generation = current_.get();
    co_return co_await generation->router().validate(std::move(recipient));
}

world::Task<mail::Route> CurrentRouter::classify(std::string recipient) {
    const auto generation = current_.get();
    co_return co_await generation->router().classify(std::move(recipient));
}

bool CurrentRouter::has_aliases() const { return current_.get()->router().has_aliases(); }

world::Task<mail::Expansion> CurrentRouter::expand(std::string recipient) const {
    const auto generation = current_.get();
    co_return co_await generation->router().expand(std::move(recipient));
}

std::string CurrentRouter::rewrite(std::string address) const { return current_.get()->router().rewrite(std::move(address)); }

std::shared_ptr<const queue::Transport> CurrentTransports::find(std::string_view name, std::size_t core) const {
    const auto generation = current_.get();
    const auto& transports = generation->core(core).transports;
    const auto found = transports.find(name);
    return found == transports.end() ? nullptr : found->second;
}

cleanup::CleanupIntake& CurrentIntake::intake() const {
    auto settings = current_.get()->cleanup();
    if (settings != settings_) {
        settings_ = settings;
        intake_ = std::make_unique<cleanup::CleanupIntake>(std::move(settings), doors_.spool, doors_.admission, doors_.router, doors_.notifier, doors_.events, doors_.files, core_.clock);
    }
    return *intake_;
}

}  // namespace posthouse::app
