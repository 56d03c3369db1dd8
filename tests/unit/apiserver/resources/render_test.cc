#include "apiserver/resources/render.h"

#include "apiserver/resources/verbs.h"
#include "tests/unit/apiserver/api_fixture.h"

namespace noizy::apiserver {
namespace {

class RenderTest : public ApiTest {
 protected:
  RenderTest() {
    EXPECT_EQ(CreateTask("a").code, 201);
    object_ = store_.Get({"tasks.noizy.dev", "default", "a"});
  }
  static std::string Text(const std::vector<SharedBytes>& pieces) {
    std::string text;
    for (const SharedBytes& piece : pieces) text += piece.view;
    return text;
  }
  const Kind& kind() const { return *kind_; }

  KindPtr kind_ = BuiltinKinds().FindByResource("noizy.dev", "v1", "tasks");
  StoredObjectPtr object_;
};

TEST_F(RenderTest, StoredFormsShareTheirBytes) {
  const auto object = RenderObject(kind(), object_, {}, clock_.Now());
  ASSERT_TRUE(object.ok());
  EXPECT_EQ(object->front().view.data(), object_->bytes.data());
  const auto list = RenderList(kind(), {{object_, object_}, 9, "", 0}, {}, clock_.Now());
  EXPECT_EQ(list->at(1).view.data(), object_->bytes.data());
  const Value tree = *ParseJson(Text(*list));
  EXPECT_EQ(ArrayAt(tree, {"items"})->size(), 2U);
  EXPECT_EQ(StringAt(tree, {"metadata", "resourceVersion"}), "9");
}

TEST_F(RenderTest, PagesCarryTheirToken) {
  const auto list = RenderList(kind(), {{object_}, 9, "next", 4}, {}, clock_.Now());
  const Value tree = *ParseJson(Text(*list));
  EXPECT_EQ(StringAt(tree, {"metadata", "continue"}), "next");
  EXPECT_EQ(IntAt(tree, {"metadata", "remainingItemCount"}), 4);
}

TEST_F(RenderTest, BookmarksAndErrorsAreLines) {
  const Value bookmark =
      *ParseJson(RenderBookmark(kind(), 12, /*initial_events_end=*/false, ReplyForm::kObject));
  EXPECT_EQ(StringAt(bookmark, {"object", "metadata", "resourceVersion"}), "12");
  EXPECT_EQ(StringAt(bookmark, {"object", "kind"}), "Task");
  EXPECT_EQ(Find(bookmark, {"object", "metadata", "annotations"}), nullptr);
  const Value error = *ParseJson(RenderErrorEvent(Status(StatusReason::kExpired, "too old")));
  EXPECT_EQ(StringAt(error, {"type"}), "ERROR");
  EXPECT_EQ(IntAt(error, {"object", "code"}), 410);
}

TEST_F(RenderTest, WarningsAreQuoted) {
  HttpHeaders headers;
  AddWarnings(headers, {"a \"b\""});
  EXPECT_EQ(FindHeader(headers, "Warning"), "299 - \"a \\\"b\\\"\"");
}

TEST_F(RenderTest, BookmarksHaveTheFormOfTheOtherEvents) {
  const auto bookmark = [this](ReplyForm form) {
    return *ParseJson(RenderBookmark(kind(), 12, /*initial_events_end=*/true, form));
  };
  EXPECT_EQ(StringAt(bookmark(ReplyForm::kPartialMetadata), {"object", "kind"}),
            "PartialObjectMetadata");
  const Value table = bookmark(ReplyForm::kTable);
  EXPECT_EQ(StringAt(table, {"object", "kind"}), "Table");
  EXPECT_EQ(StringAt(table, {"object", "apiVersion"}), "meta.k8s.io/v1");
  EXPECT_EQ(StringAt(table, {"object", "metadata", "resourceVersion"}), "12");
}

TEST_F(RenderTest, DamagedBytesAreAnInternalError) {
  auto damaged = std::make_shared<StoredObject>(*object_);
  damaged->bytes = "{";
  ReplyFormat table;
  table.form = ReplyForm::kTable;
  EXPECT_EQ(RenderObject(kind(), damaged, table, clock_.Now()).status().reason(),
            StatusReason::kInternalError);
}

}  // namespace
}  // namespace noizy::apiserver
