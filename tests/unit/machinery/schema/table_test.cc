#include <gtest/gtest.h>

#include "machinery/meta/time.h"
#include "machinery/schema/discovery.h"
#include "machinery/value/json.h"
#include "tests/unit/machinery/schema/widgets.h"

namespace noizy {
namespace {

Kind KindWithColumns(std::vector<PrinterColumn> columns) {
  Kind kind;
  kind.columns = std::move(columns);
  return kind;
}

std::string Cells(const Kind& kind, std::string_view json) {
  return ToJson(TableCells(kind, *ParseJson(json), *ParseTime("2026-01-01T00:03:10Z")));
}

TEST(TableColumns, NameComesFirst) {
  const Array columns = TableColumns(*WidgetRegistry().FindByName("widgets"));
  ASSERT_EQ(columns.size(), 4U);
  EXPECT_EQ(columns[0].at("name"), "Name");
  EXPECT_EQ(columns[0].at("format"), "name");
  EXPECT_EQ(
      ToJson(columns[1]),
      R"({"name":"Size","type":"integer","format":"","description":"How big.","priority":0})");
}

TEST(TableCells, FollowTheColumns) {
  EXPECT_EQ(
      Cells(
          *WidgetRegistry().FindByName("widgets"),
          R"({"metadata":{"name":"a","creationTimestamp":"2026-01-01T00:00:00Z"},"spec":{"size":5},
                      "status":{"conditions":[{"type":"Ready","status":"True"}]}})"),
      R"(["a",5,"True","3m10s"])");
  EXPECT_EQ(Cells(*WidgetRegistry().FindByName("widgets"), R"({"metadata":{"name":"a"}})"),
            R"(["a",null,null,null])");
}

TEST(TableCells, ConvertAsKubernetesDoes) {
  const Kind kind = KindWithColumns({{"Text", "string", "", "", ".v", 0},
                                     {"Integer", "integer", "", "", ".v", 0},
                                     {"Number", "number", "", "", ".v", 0},
                                     {"Boolean", "boolean", "", "", ".v", 0},
                                     {"Date", "date", "", "", ".v", 0}});
  const auto cells = [&](const std::string& value) {
    return Cells(kind, R"({"metadata":{"name":"a"},"v":)" + value + "}");
  };
  EXPECT_EQ(cells("5"), R"(["a","5",5,5,null,null])");
  EXPECT_EQ(cells("5.5"), R"(["a","5.5",5,5.5,null,null])");
  EXPECT_EQ(cells("true"), R"(["a","true",null,null,true,null])");
  EXPECT_EQ(cells("\"x\""), R"(["a","x",null,null,null,"<invalid>"])");
  EXPECT_EQ(cells("[\"x\"]"), R"(["a","[\"x\"]",null,null,null,null])");
  EXPECT_EQ(cells(R"({"x":1,"y":2})"), R"(["a","{\"x\":1,\"y\":2}",null,null,null,null])");
  EXPECT_EQ(cells("null"), R"(["a",null,null,null,null,null])");
}

TEST(TableCells, CountWhatAPathSelects) {
  const Kind kind = KindWithColumns({{"Data", "integer", "count", "", "['data','binary']", 0}});
  const auto cells = [&](const std::string& members) {
    return Cells(kind, R"({"metadata":{"name":"a"})" + members + "}");
  };
  EXPECT_EQ(cells(R"(,"data":{"x":"1","y":"2"},"binary":{"z":""})"), R"(["a",3])");
  EXPECT_EQ(cells(R"(,"data":[1,2])"), R"(["a",2])");
  EXPECT_EQ(cells(R"(,"data":null)"), R"(["a",0])");
  EXPECT_EQ(cells(""), R"(["a",0])");
}

TEST(TableCells, ShowTheFirstThatIsThere) {
  const Kind kind = KindWithColumns({{"When", "string", "", "", "['last','first']", 0}});
  EXPECT_EQ(Cells(kind, R"({"metadata":{"name":"a"},"last":null,"first":"x"})"), R"(["a","x"])");
  EXPECT_EQ(Cells(kind, R"({"metadata":{"name":"a"},"last":"y","first":"x"})"), R"(["a","y"])");
}

TEST(TableCells, ShowAnEventAsKubectlDoes) {
  const Kind kind =
      KindWithColumns({{"Last Seen", "date", "last of series", "", "['series','last']", 0},
                       {"Object", "string", "kind/name", "", ".about", 0},
                       {"Count", "integer", "count of series", "", "['series','count']", 1},
                       {"Name", "string", "name", "", ".metadata.name", 1}});
  EXPECT_EQ(TableColumns(kind).size(), 4U) << "the name is where the kind has it";
  EXPECT_EQ(Cells(kind, R"({"metadata":{"name":"e"},"about":{"kind":"TaskSet","name":"a"},)"
                        R"("count":4,"last":"2026-01-01T00:03:00Z"})"),
            R"(["10s","taskset/a",4,"e"])");
  EXPECT_EQ(Cells(kind, R"({"metadata":{"name":"e"},"about":{"kind":"Node"},"count":4,)"
                        R"("series":{"count":9,"lastObservedTime":"2026-01-01T00:03:09.5Z"}})"),
            R"(["0s","node",9,"e"])");
  EXPECT_EQ(Cells(kind, R"({"metadata":{"name":"e"}})"), R"([null,null,1,"e"])");
}

TEST(TableCells, ShowAQuotaAsKubectlDoes) {
  const Kind kind = KindWithColumns({{"Request", "string", "used/hard", "", ".status", 0},
                                     {"Limit", "string", "used/hard limits", "", ".status", 0}});
  EXPECT_EQ(Cells(kind, R"({"metadata":{"name":"a"},"status":{
                "hard":{"tasks":"20","limits.cpu":"4","cpu":"8"},
                "used":{"cpu":"500m","limits.cpu":"1"}}})"),
            R"(["a","cpu: 500m/8, tasks: 0/20","limits.cpu: 1/4"])");
  EXPECT_EQ(Cells(kind, R"({"metadata":{"name":"a"},"status":{}})"), R"(["a","",""])");
}

}  // namespace
}  // namespace noizy
