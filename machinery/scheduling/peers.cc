#include "machinery/scheduling/peers.h"

#include <algorithm>
#include <cmath>

namespace noizy::scheduling {
namespace {

std::string TextOf(const PeerTerm& term) {
  std::string text = term.topology_key;
  text.append(1, '\0').append(term.tasks.ToString());
  for (const std::string& ns : term.namespaces) text.append(1, '\0').append(ns);
  return text;
}

const std::string* LabelAt(const KeyValues& labels, const std::string& key) {
  const auto found =
      std::lower_bound(labels.begin(), labels.end(), key,
                       [](const auto& label, const std::string& k) { return label.first < k; });
  return found == labels.end() || found->first != key ? nullptr : &found->second;
}

}  // namespace

std::int32_t PeerIndex::PlaceIn(Key& key, const std::string& label, const KeyValues& labels) {
  const std::string* value = LabelAt(labels, label);
  if (value == nullptr) return -1;
  return key.places.try_emplace(*value, static_cast<std::int32_t>(key.places.size())).first->second;
}

std::size_t PeerIndex::KeyFor(const std::string& label) {
  const auto [known, fresh] = key_ids_.try_emplace(label, keys_.size());
  if (!fresh) return known->second;
  Key& key = keys_.emplace_back();
  for (const KeyValues& labels : labels_) key.place_of.push_back(PlaceIn(key, label, labels));
  return known->second;
}

TermId PeerIndex::Acquire(const PeerTerm& term, bool& fresh) {
  std::string text = TextOf(term);
  const auto known = ids_.find(text);
  fresh = known == ids_.end();
  if (!fresh) {
    ++terms_[known->second].uses;
    return known->second;
  }
  const TermId id = free_.empty() ? static_cast<TermId>(terms_.size()) : free_.back();
  free_.empty() ? (void)terms_.emplace_back() : free_.pop_back();
  terms_[id] = {term, text, KeyFor(term.topology_key), 1, {}, {0, 0}};
  ids_.emplace(std::move(text), id);
  return id;
}

bool PeerIndex::Release(TermId term) {
  if (--terms_[term].uses > 0) return false;
  ids_.erase(terms_[term].text);
  free_.push_back(term);
  return true;
}

bool PeerIndex::Moves(NodeIndex node, const KeyValues& labels) const {
  if (node >= labels_.size()) return true;
  return std::any_of(key_ids_.begin(), key_ids_.end(), [&](const auto& key) {
    const std::string* before = LabelAt(labels_[node], key.first);
    const std::string* after = LabelAt(labels, key.first);
    return (before == nullptr) != (after == nullptr) || (before != nullptr && *before != *after);
  });
}

void PeerIndex::SetNode(NodeIndex node, const KeyValues& labels) {
  if (node >= labels_.size()) labels_.resize(node + 1);
  labels_[node] = labels;
  for (const auto& [label, id] : key_ids_) {
    auto& places = keys_[id].place_of;
    if (node >= places.size()) places.resize(node + 1, -1);
    places[node] = PlaceIn(keys_[id], label, labels);
  }
}

void PeerIndex::Add(TermId term, Count what, NodeIndex node, std::int64_t by) {
  Term& entry = terms_[term];
  const std::int32_t place = PlaceOf(term, node);
  if (place < 0) return;
  auto& counts = entry.counts[Slot(what)];
  const auto index = static_cast<std::size_t>(place);
  if (index >= counts.size()) counts.resize(index + 1);
  counts[index] += by;
  entry.totals[Slot(what)] += by;
}

std::int64_t PeerIndex::At(TermId term, Count what, NodeIndex node) const {
  const std::int32_t place = PlaceOf(term, node);
  const auto& counts = terms_[term].counts[Slot(what)];
  return place < 0 || static_cast<std::size_t>(place) >= counts.size()
             ? 0
             : counts[static_cast<std::size_t>(place)];
}

bool PeerIndex::Means(TermId term, const std::string& ns, const KeyValues& labels) const {
  const PeerTerm& meant = terms_[term].term;
  return std::binary_search(meant.namespaces.begin(), meant.namespaces.end(), ns) &&
         meant.tasks.Matches(labels);
}

std::vector<TermId> PeerIndex::Meaning(const std::string& ns, const KeyValues& labels) const {
  std::vector<TermId> found;
  for (const auto& [text, id] : ids_) {
    if (Means(id, ns, labels)) found.push_back(id);
  }
  return found;
}

bool PeerSight::MissesCompany() const {
  using Count = PeerIndex::Count;
  for (std::size_t i = 0; i < terms.together.size(); ++i) {
    const TermId term = terms.together[i];
    if (!index.HasPlace(term, node)) return true;
    if (index.At(term, Count::kMeant, node) > 0) continue;
    if (!terms.means_itself[i] || index.Total(term, Count::kMeant) > 0) return true;
  }
  return false;
}

bool PeerSight::InBadCompany() const {
  using Count = PeerIndex::Count;
  return std::any_of(terms.apart.begin(), terms.apart.end(),
                     [&](TermId t) { return index.At(t, Count::kMeant, node) > 0; }) ||
         std::any_of(terms.meant_by.begin(), terms.meant_by.end(),
                     [&](TermId t) { return index.At(t, Count::kHolders, node) > 0; });
}

double PeerSight::Liked() const {
  double liked = 0;
  double total = 0;
  for (const auto& [weight, term] : terms.preferred) {
    total += static_cast<double>(std::abs(weight));
    if (index.At(term, PeerIndex::Count::kMeant, node) > 0) liked += static_cast<double>(weight);
  }
  return total > 0 ? liked / total : 0;
}

}  // namespace noizy::scheduling
