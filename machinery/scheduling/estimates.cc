#include "machinery/scheduling/estimates.h"

#include <algorithm>
#include <cmath>

namespace noizy::scheduling {
namespace {

// A mean over all samples while they are few, over about the last twenty afterwards, so that a
// machine that changed is believed soon.
constexpr double kLongestMemory = 20;
// A change below this share moves no Task elsewhere, and is not worth scoring all nodes anew.
constexpr double kNoticeable = 0.05;

}  // namespace

bool Estimates::Mean::Add(double sample) {
  ++count;
  const double before = value;
  value += (sample - value) / std::min(static_cast<double>(count), kLongestMemory);
  return std::abs(value - before) > kNoticeable * before;
}

void Estimates::Learn(const std::string& work, const std::string& node, double speed,
                      const Run& run) {
  if (!(run.seconds >= 0) || !(speed > 0) || !(run.size > 0)) return;
  Work& entry = EntryOf(work);
  const double seconds = run.seconds / run.size;
  const bool here = entry.by_node[node].Add(seconds);
  const bool everywhere = entry.cost.Add(seconds * speed);
  const bool size = entry.size.Add(run.size);
  if (here || everywhere || size) entry.version = clock_;
}

void Estimates::Guess(const std::string& work, double speed, double seconds) {
  if (!(seconds > 0) || !(speed > 0)) return;
  Work& entry = EntryOf(work);
  if (entry.cost.count > 0) return;
  entry.guess = seconds * speed;
  entry.version = clock_;
}

Estimate Estimates::Of(const std::string& work, const std::string& node, double speed,
                       double most) const {
  using Source = Estimate::Source;
  const auto known = works_.find(work);
  if (known == works_.end()) return {kUnknownRunSeconds / speed, Source::kUnknown};
  const Work& entry = known->second;
  if (entry.cost.count == 0) return {entry.guess / speed, Source::kGuessed};
  const double size = most > 0 ? std::min(most, entry.size.value) : entry.size.value;
  const auto here = entry.by_node.find(node);
  if (here != entry.by_node.end()) return {size * here->second.value, Source::kSeenHere};
  return {size * entry.cost.value / speed, Source::kSeenElsewhere};
}

std::uint64_t Estimates::VersionOf(const std::string& work) const {
  const auto known = works_.find(work);
  return known == works_.end() ? 0 : known->second.version;
}

Estimates::Work& Estimates::EntryOf(const std::string& work) {
  if (!works_.contains(work) && works_.size() >= kMostWorks) ForgetOldest();
  Work& entry = works_[work];
  entry.seen = ++clock_;
  return entry;
}

void Estimates::ForgetOldest() {
  const auto oldest =
      std::min_element(works_.begin(), works_.end(),
                       [](const auto& a, const auto& b) { return a.second.seen < b.second.seen; });
  works_.erase(oldest);
}

}  // namespace noizy::scheduling
