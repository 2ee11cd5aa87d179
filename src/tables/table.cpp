#include "tables/table.hpp"

#include <algorithm>

namespace posthouse::tables {

bool sources_changed(const Table& table, world::Files& files) {
    const auto sources = table.sources();
    return std::any_of(sources.begin(), sources.end(), [&files](const SourceFile& source) {
        const auto now = files.info(source.path);
        if (!now || !source.info) {
            return now.has_value() != source.info.has_value();
        }
        return now->modified != source.info->modified || now->inode != source.info->inode || now->size != source.info->size;
    });
}

}  // namespace posthouse::tables
