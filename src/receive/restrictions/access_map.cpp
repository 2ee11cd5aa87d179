#include "receive/restrictions/restriction.hpp"

namespace posthouse::receive {
std::unique_ptr<Restriction> make_access_map(const std::string&, ListWords&, const RestrictionContext&) { return nullptr; }
}  // namespace posthouse::receive
