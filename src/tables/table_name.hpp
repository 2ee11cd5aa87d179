#pragma once
// A table specification taken apart.
#include <string>

namespace posthouse::tables {

struct TableName {
    std::string spec;  // "proxy:hash:/x", as written
    std::string type;  // "hash"
    std::string path;  // "/x", or the rest of what is no file
};

}  // namespace posthouse::tables
