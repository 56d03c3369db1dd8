#include "apiserver/resources/event_renderer.h"

#include "tests/unit/apiserver/api_fixture.h"

namespace noizy::apiserver {
namespace {

class EventRendererTest : public ApiTest {
 protected:
  EventRendererTest() {
    EXPECT_EQ(CreateTask("a").code, 201);
    object_ = store_.Get({"tasks.noizy.dev", "default", "a"});
    table_.form = ReplyForm::kTable;
  }
  std::vector<SharedBytes> Line(std::string_view type, const StoredObjectPtr& object,
                                const ReplyFormat& format) {
    std::vector<SharedBytes> pieces;
    status_ = renderer_.Append(pieces, type, object, {kind_, format, clock_.Now()});
    return pieces;
  }
  static Value TreeOf(const std::vector<SharedBytes>& pieces) {
    std::string text;
    for (const SharedBytes& piece : pieces) text += piece.view;
    EXPECT_EQ(text.find('\n'), text.size() - 1) << "one line";
    return *ParseJson(text);
  }

  KindPtr kind_ = BuiltinKinds().FindByResource("noizy.dev", "v1", "tasks");
  StoredObjectPtr object_;
  ReplyFormat table_;
  EventRenderer renderer_;
  Status status_;
};

TEST_F(EventRendererTest, AStoredFormSharesTheStoresBytes) {
  for (const char* type : {"ADDED", "MODIFIED", "DELETED"}) {
    const auto line = Line(type, object_, {});
    EXPECT_EQ(line.at(1).view.data(), object_->bytes.data());
    EXPECT_EQ(StringAt(TreeOf(line), {"type"}), type);
  }
}

TEST_F(EventRendererTest, WhoWatchesAlikeSharesWhatWasMade) {
  const auto first = Line("ADDED", object_, table_);
  EXPECT_EQ(StringAt(TreeOf(first), {"object", "kind"}), "Table");
  EXPECT_EQ(Line("ADDED", object_, table_).at(1).view.data(), first.at(1).view.data());
  EXPECT_EQ(Line("MODIFIED", object_, table_).at(1).view.data(), first.at(1).view.data());
  ReplyFormat metadata;
  metadata.form = ReplyForm::kPartialMetadata;
  EXPECT_EQ(StringAt(TreeOf(Line("ADDED", object_, metadata)), {"object", "kind"}),
            "PartialObjectMetadata");
  EXPECT_EQ(StringAt(TreeOf(Line("ADDED", object_, table_)), {"object", "kind"}), "Table");
}

TEST_F(EventRendererTest, AgesGoOn) {
  const auto age = [](const std::vector<SharedBytes>& line) {
    const Value tree = TreeOf(line);
    return ToJson(ArrayAt(tree, {"object", "rows"})->at(0));
  };
  const std::string young = age(Line("ADDED", object_, table_));
  clock_.Advance(std::chrono::seconds(90));
  EXPECT_NE(age(Line("ADDED", object_, table_)), young);
}

TEST_F(EventRendererTest, AnotherVersionIsMadeAnew) {
  const auto first = Line("ADDED", object_, table_);
  auto other = std::make_shared<StoredObject>(*object_);
  other->revision += 64;  // kept in the same place
  EXPECT_NE(Line("ADDED", other, table_).at(1).view.data(), first.at(1).view.data());
}

TEST_F(EventRendererTest, DamagedBytesAddNothing) {
  auto damaged = std::make_shared<StoredObject>(*object_);
  damaged->bytes = "{";
  EXPECT_TRUE(Line("ADDED", damaged, table_).empty());
  EXPECT_EQ(status_.reason(), StatusReason::kInternalError);
}

}  // namespace
}  // namespace noizy::apiserver
