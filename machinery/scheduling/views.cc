#include "machinery/scheduling/views.h"

namespace noizy::scheduling {

void AddTo(Resources& sum, const Resources& more) {
  for (const auto& [resource, amount] : more) {
    if (amount != 0) sum[resource] += amount;
  }
}

void TakeFrom(Resources& sum, const Resources& less) {
  for (const auto& [resource, amount] : less) {
    if (amount == 0) continue;
    const auto found = sum.try_emplace(resource, 0).first;
    found->second -= amount;
    if (found->second == 0) sum.erase(found);
  }
}

std::int64_t At(const Resources& resources, const std::string& name) {
  const auto found = resources.find(name);
  return found == resources.end() ? 0 : found->second;
}

std::string MissingResource(const Resources& requests, const Resources& total,
                            const Resources& used) {
  for (const auto& [resource, wanted] : requests) {
    if (wanted > 0 && wanted > At(total, resource) - At(used, resource)) return resource;
  }
  return {};
}

// FNV-1a, with the murmur finish: neighbours' names differ in their last byte only, which FNV alone
// leaves in the low bits.
std::uint64_t HashOf(std::string_view text) {
  std::uint64_t hash = 14695981039346656037ULL;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  hash ^= hash >> 33;
  hash *= 0xff51afd7ed558ccdULL;
  return hash ^ (hash >> 33);
}

}  // namespace noizy::scheduling
