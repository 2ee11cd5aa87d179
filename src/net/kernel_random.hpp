#pragma once
// KernelRandom: getrandom(2), some hundred numbers at a time. One per core.
#include <array>

#include "world/random.hpp"

namespace posthouse::net {

class KernelRandom final : public world::Random {
public:
    std::uint64_t next() override;

private:
    std::array<std::uint64_t, 64> numbers_{};
    std::size_t used_ = 64;
};

}  // namespace posthouse::net
