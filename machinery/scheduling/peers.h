// Which Tasks are beside which: counted per term and per place, so that a term is checked in one
// look-up whatever the size of the grid.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "machinery/scheduling/views.h"

namespace noizy::scheduling {

using NodeIndex = std::uint32_t;
using TermId = std::uint32_t;

/// Nodes that share a value of a topology key are one place. A term counts the Tasks that it means
/// in each place, and the Tasks that hold it against others. One thread's.
class PeerIndex {
 public:
  /// The counts of a term.
  enum class Count : std::uint8_t { kMeant, kHolders };

  /// A term is kept for as long as it was acquired more often than released. True in `fresh`: its
  /// counts are empty, and the caller's to fill.
  TermId Acquire(const PeerTerm& term, bool& fresh);
  /// True when the term is gone, and its number with it.
  bool Release(TermId term);
  /// The node's labels as far as topology goes. Its counts must be zero, unless the labels of no
  /// term's key change.
  void SetNode(NodeIndex node, const KeyValues& labels);
  /// True when SetNode would move the node to another place.
  bool Moves(NodeIndex node, const KeyValues& labels) const;
  void Add(TermId term, Count what, NodeIndex node, std::int64_t by);

  std::int64_t At(TermId term, Count what, NodeIndex node) const;
  std::int64_t Total(TermId term, Count what) const { return terms_[term].totals[Slot(what)]; }
  bool HasPlace(TermId term, NodeIndex node) const { return PlaceOf(term, node) >= 0; }
  /// Terms that mean Tasks of this namespace with these labels.
  std::vector<TermId> Meaning(const std::string& ns, const KeyValues& labels) const;
  bool Means(TermId term, const std::string& ns, const KeyValues& labels) const;
  bool empty() const { return ids_.empty(); }

 private:
  struct Key {
    std::map<std::string, std::int32_t, std::less<>> places;  // by label value
    std::vector<std::int32_t> place_of;                       // by node; -1: it has no such label
  };
  struct Term {
    PeerTerm term;
    std::string text;
    std::size_t key = 0;
    std::int64_t uses = 0;
    std::vector<std::int64_t> counts[2];  // by place
    std::int64_t totals[2] = {0, 0};
  };
  static std::size_t Slot(Count what) { return static_cast<std::size_t>(what); }
  std::int32_t PlaceOf(TermId term, NodeIndex node) const {
    const auto& places = keys_[terms_[term].key].place_of;
    return node < places.size() ? places[node] : -1;
  }
  std::size_t KeyFor(const std::string& label);
  static std::int32_t PlaceIn(Key& key, const std::string& label, const KeyValues& labels);

  std::vector<Key> keys_;
  std::map<std::string, std::size_t> key_ids_;
  std::vector<Term> terms_;
  std::map<std::string, TermId> ids_;
  std::vector<TermId> free_;
  std::vector<KeyValues> labels_;  // by node
};

/// The peer terms of a Task.
struct PeerTerms {
  std::vector<TermId> together;
  std::vector<TermId> apart;
  std::vector<std::pair<std::int64_t, TermId>> preferred;  // with their weights
  /// Others' terms that mean it.
  std::vector<TermId> meant_by;
  /// Its own `together` terms that mean it: the first of its kind must find nobody.
  std::vector<bool> means_itself;

  /// Nothing that could refuse a node.
  bool empty() const { return together.empty() && apart.empty() && meant_by.empty(); }
};

/// What a Task sees of its peers from one node.
struct PeerSight {
  const PeerIndex& index;
  const PeerTerms& terms;
  NodeIndex node = 0;

  bool MissesCompany() const;
  bool InBadCompany() const;
  bool Fits() const { return terms.empty() || (!MissesCompany() && !InBadCompany()); }
  /// -1 to 1: how much of what is preferred holds here.
  double Liked() const;
};

}  // namespace noizy::scheduling
