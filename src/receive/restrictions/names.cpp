#include "receive/restrictions/restriction.hpp"

namespace posthouse::receive {
std::unique_ptr<Restriction> make_names(const std::string&, ListWords&, const RestrictionContext&) { return nullptr; }
}  // namespace posthouse::receive
