#pragma once
// Reading and writing CDB files the way postmap(1) lays them out. A library that a build may leave out (cdb_file_missing.cpp).
#include <memory>
#include <string>

#include "tables/index_file.hpp"

namespace posthouse::tables {

[[nodiscard]] base::Result<std::unique_ptr<IndexFile>> open_cdb(const std::string& path);
[[nodiscard]] base::Result<std::unique_ptr<IndexFile>> create_cdb(const std::string& path);

}  // namespace posthouse::tables
