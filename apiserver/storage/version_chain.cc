#include "apiserver/storage/version_chain.h"

#include <algorithm>
#include <utility>

namespace noizy::apiserver {

void VersionChain::Append(std::int64_t revision, StoredObjectPtr object) {
  if (newest_revision_ != 0) superseded_.push_back({newest_revision_, std::move(newest_)});
  newest_revision_ = revision;
  newest_ = std::move(object);
}

StoredObjectPtr VersionChain::At(std::int64_t revision) const {
  if (newest_revision_ <= revision) return newest_;
  const auto begin = superseded_.begin() + static_cast<std::ptrdiff_t>(first_);
  const auto after = std::upper_bound(
      begin, superseded_.end(), revision,
      [](std::int64_t wanted, const Superseded& version) { return wanted < version.revision; });
  return after == begin ? nullptr : std::prev(after)->object;
}

void VersionChain::Forget(std::int64_t revision) {
  // A superseded version is needed as long as its successor came after `revision`.
  while (first_ < superseded_.size()) {
    const bool last = first_ + 1 == superseded_.size();
    const std::int64_t successor = last ? newest_revision_ : superseded_[first_ + 1].revision;
    if (successor > revision) break;
    superseded_[first_++].object.reset();
  }
  ShrinkFront();
}

void VersionChain::ShrinkFront() {
  if (first_ * 2 < superseded_.size() || first_ == 0) return;
  superseded_.erase(superseded_.begin(), superseded_.begin() + static_cast<std::ptrdiff_t>(first_));
  first_ = 0;
  if (superseded_.empty()) superseded_.shrink_to_fit();
}

}  // namespace noizy::apiserver
