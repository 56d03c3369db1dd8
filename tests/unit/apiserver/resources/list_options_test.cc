#include "apiserver/resources/list_options.h"

#include "tests/unit/apiserver/api_fixture.h"

namespace noizy::apiserver {
namespace {

RequestContext With(QueryParameters query) {
  RequestContext context;
  context.query = std::move(query);
  return context;
}

std::string FaultOf(const Status& status) {
  return status.ok() ? "" : status.details().causes.front().message;
}

using Query = QueryParameters;

TEST(ListOptions, ListsSayWhichRevisionAMatchIsOf) {
  EXPECT_TRUE(CheckListOptions(With({})).ok());
  EXPECT_TRUE(
      CheckListOptions(With({{"resourceVersion", "3"}, {"resourceVersionMatch", "Exact"}})).ok());
  struct Row {
    Query query;
    std::string_view fault;
  };
  const Row rows[] = {
      {{{"resourceVersionMatch", "Exact"}},
       "Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided"},
      {{{"resourceVersion", "3"}, {"resourceVersionMatch", "Maybe"}},
       R"(Unsupported value: "Maybe": supported values: "", "Exact", "NotOlderThan")"},
      {{{"resourceVersion", "0"}, {"resourceVersionMatch", "Exact"}},
       R"(Forbidden: resourceVersionMatch "exact" is forbidden for resourceVersion "0")"},
      {{{"resourceVersion", "3"}, {"resourceVersionMatch", "Exact"}, {"continue", "x"}},
       "Forbidden: resourceVersionMatch is forbidden when continue is provided"},
      {{{"sendInitialEvents", "true"}}, "Forbidden: sendInitialEvents is forbidden for list"},
  };
  for (const Row& row : rows) {
    const Status status = CheckListOptions(With(row.query));
    EXPECT_EQ(status.reason(), StatusReason::kInvalid);
    EXPECT_EQ(FaultOf(status), row.fault);
  }
}

TEST(ListOptions, WatchesTakeAMatchForInitialEventsOnly) {
  EXPECT_TRUE(CheckWatchOptions(With({})).ok());
  EXPECT_TRUE(CheckWatchOptions(
                  With({{"sendInitialEvents", "true"}, {"resourceVersionMatch", "NotOlderThan"}}))
                  .ok());
  struct Row {
    Query query;
    std::string_view fault;
  };
  const Row rows[] = {
      {{{"sendInitialEvents", "true"}},
       "Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"},
      {{{"resourceVersionMatch", "NotOlderThan"}},
       "Forbidden: resourceVersionMatch is forbidden for watch unless sendInitialEvents is "
       "provided"},
      {{{"sendInitialEvents", "true"}, {"resourceVersionMatch", "NotOlderThan"}, {"continue", "x"}},
       "Forbidden: resourceVersionMatch is forbidden when continue is provided"},
  };
  for (const Row& row : rows) {
    const Status status = CheckWatchOptions(With(row.query));
    EXPECT_EQ(status.reason(), StatusReason::kInvalid);
    EXPECT_EQ(FaultOf(status), row.fault);
  }
  const Status exact =
      CheckWatchOptions(With({{"sendInitialEvents", "true"}, {"resourceVersionMatch", "Exact"}}));
  EXPECT_EQ(exact.details().causes.size(), 2U);
}

TEST(ListOptions, RevisionsToComeAreTooLarge) {
  FakeClock clock;
  const MemoryStore store(clock);
  EXPECT_TRUE(CheckNotInFuture(store.Revision(), store).ok());
  const Status status = CheckNotInFuture(store.Revision() + 1, store);
  EXPECT_EQ(status.reason(), StatusReason::kTimeout);
  EXPECT_EQ(status.details().causes.front().reason, "ResourceVersionTooLarge");
  EXPECT_EQ(status.details().retry_after_seconds, 1);
}

}  // namespace
}  // namespace noizy::apiserver
