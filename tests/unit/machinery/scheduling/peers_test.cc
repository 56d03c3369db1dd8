#include "machinery/scheduling/peers.h"

#include <gtest/gtest.h>

#include "tests/unit/machinery/scheduling/grids.h"

namespace noizy::scheduling {
namespace {

using Count = PeerIndex::Count;

class Peers : public ::testing::Test {
 protected:
  Peers() {
    index_.SetNode(0, {{"zone", "a"}});
    index_.SetNode(1, {{"zone", "a"}});
    index_.SetNode(2, {{"zone", "b"}});
    index_.SetNode(3, {});
  }
  TermId Acquire(const PeerTerm& term) {
    bool fresh = false;
    return index_.Acquire(term, fresh);
  }
  PeerIndex index_;
};

TEST_F(Peers, NodesOfOnePlaceCountTogether) {
  const TermId term = Acquire(Beside("db", "zone"));
  index_.Add(term, Count::kMeant, 0, 2);
  index_.Add(term, Count::kMeant, 3, 1);
  EXPECT_EQ(index_.At(term, Count::kMeant, 1), 2);
  EXPECT_EQ(index_.At(term, Count::kMeant, 2), 0);
  EXPECT_EQ(index_.At(term, Count::kHolders, 1), 0);
  EXPECT_EQ(index_.At(term, Count::kMeant, 3), 0) << "a node without the label is no place";
  EXPECT_EQ(index_.Total(term, Count::kMeant), 2);
}

TEST_F(Peers, EqualTermsAreOneAndGoWithTheirLastHolder) {
  bool fresh = false;
  const TermId first = index_.Acquire(Beside("db", "zone"), fresh);
  EXPECT_TRUE(fresh);
  EXPECT_EQ(index_.Acquire(Beside("db", "zone"), fresh), first);
  EXPECT_FALSE(fresh);
  EXPECT_NE(Acquire(Beside("web", "zone")), first);
  EXPECT_EQ(index_.Meaning("default", {{"app", "db"}}), std::vector{first});
  EXPECT_TRUE(index_.Meaning("other", {{"app", "db"}}).empty());
  EXPECT_FALSE(index_.Release(first));
  EXPECT_TRUE(index_.Release(first));
  EXPECT_TRUE(index_.Meaning("default", {{"app", "db"}}).empty());
}

TEST_F(Peers, KnowsWhetherLabelsMoveANode) {
  EXPECT_FALSE(index_.Moves(0, {{"zone", "b"}})) << "no term asks";
  Acquire(Beside("db", "zone"));
  EXPECT_TRUE(index_.Moves(0, {{"zone", "b"}}));
  EXPECT_FALSE(index_.Moves(0, {{"rack", "1"}, {"zone", "a"}}));
  EXPECT_TRUE(index_.Moves(0, {}));
}

TEST_F(Peers, ATaskSeesItsCompany) {
  PeerTerms terms;
  const TermId term = Acquire(Beside("db", "zone"));
  terms.apart = {term};
  EXPECT_FALSE((PeerSight{index_, terms, 0}).InBadCompany());
  index_.Add(term, Count::kMeant, 1, 1);
  EXPECT_TRUE((PeerSight{index_, terms, 0}).InBadCompany());
  EXPECT_FALSE((PeerSight{index_, terms, 2}).InBadCompany());
  PeerTerms meant;
  meant.meant_by = {term};
  index_.Add(term, Count::kHolders, 2, 1);
  EXPECT_TRUE((PeerSight{index_, meant, 2}).InBadCompany());
  PeerTerms fond;
  fond.together = {term};
  fond.means_itself = {true};
  EXPECT_FALSE((PeerSight{index_, fond, 0}).MissesCompany());
  EXPECT_TRUE((PeerSight{index_, fond, 2}).MissesCompany()) << "it is not the first of its kind";
  EXPECT_TRUE((PeerSight{index_, fond, 3}).MissesCompany());
  PeerTerms mixed;
  mixed.preferred = {{30, term}, {-10, term}};
  EXPECT_DOUBLE_EQ((PeerSight{index_, mixed, 0}).Liked(), 0.5);
  EXPECT_DOUBLE_EQ((PeerSight{index_, mixed, 2}).Liked(), 0);
}

}  // namespace
}  // namespace noizy::scheduling
