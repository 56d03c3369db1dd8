#include "cli/table.h"

#include <gtest/gtest.h>

#include "machinery/value/json.h"

namespace noizy::cli {
namespace {

Value Tasks() {
  return *ParseJson(R"({"kind":"Table","columnDefinitions":[
      {"name":"Name","type":"string"},{"name":"Phase","type":"string"},{"name":"Exit","type":"integer"},
      {"name":"Type","type":"string","priority":1}],
    "rows":[{"cells":["analyze-logs","Running",null,"exec"],
             "object":{"metadata":{"name":"analyze-logs","namespace":"default","labels":{"b":"2","a.b/c":"1"}}}},
            {"cells":["b","Failed",3,"script"],"object":{"metadata":{"name":"b","namespace":"x"}}}]})");
}

std::string Shown(const TableView& view) {
  TextTable out;
  Array columns;
  AddTableRows(Tasks(), view, columns, out);
  return out.Print();
}

TEST(TextTable, LooksLikeKubectls) {
  EXPECT_EQ(Shown({}),
            "NAME           PHASE     EXIT\n"
            "analyze-logs   Running   \n"
            "b              Failed    3\n");
}

TEST(TextTable, ShowsWhatIsAskedFor) {
  EXPECT_EQ(Shown({.wide = true, .with_namespace = true, .headers = false}),
            "default   analyze-logs   Running         exec\n"
            "x         b              Failed    3     script\n");
  EXPECT_EQ(
      Shown({.show_labels = true, .kind_prefix = "task.noizy.dev/", .label_columns = {"a.b/c"}}),
      "NAME                          PHASE     EXIT   C     LABELS\n"
      "task.noizy.dev/analyze-logs   Running          1     a.b/c=1,b=2\n"
      "task.noizy.dev/b              Failed    3            <none>\n");
}

TEST(TextTable, KeepsItsWidthsAndColumnsThroughAWatch) {
  TextTable out;
  Array columns;
  AddTableRows(Tasks(), {.event_column = "ADDED"}, columns, out);
  EXPECT_EQ(out.Print().substr(0, 39), "EVENT   NAME           PHASE     EXIT\nA");
  const Value next = *ParseJson(R"({"rows":[{"cells":["c","Ok",0,"x"],"object":{}}]})");
  AddTableRows(next, {.event_column = "MODIFIED"}, columns, out);
  EXPECT_EQ(out.Print(), "MODIFIED   c              Ok        0\n");
  EXPECT_TRUE(out.empty());
}

TEST(TextTable, CountsCharactersAndNotBytes) {
  TextTable out;
  out.AddRow({"é", "x"});
  out.AddRow({"abcdef", "y"});
  EXPECT_EQ(out.Print(), "é        x\nabcdef   y\n");
}

TEST(CellText, ShowsOneLine) {
  EXPECT_EQ(CellText(Value("a\nb")), "a...");
  EXPECT_EQ(CellText(Value("a")), "a");
  EXPECT_EQ(CellText(Value(nullptr)), "");
  EXPECT_EQ(CellText(Value(true)), "true");
  EXPECT_EQ(CellText(Value(12)), "12");
}

}  // namespace
}  // namespace noizy::cli
