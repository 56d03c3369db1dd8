// Answers to a schema, as the providers' own SDKs ask for them and read them: the recordings of
// tests/conformance/models/structured.json, which test_models.py holds against the SDKs.
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "machinery/model/wire_format.h"
#include "machinery/value/json.h"

namespace noizy::model {
namespace {

Array Recordings() {
  const std::string path = NOIZY_SOURCE_DIR "/tests/conformance/models/structured.json";
  std::ifstream file(path);
  const std::string text(std::istreambuf_iterator<char>(file), {});
  const Result<Value> all = ParseJson(text);
  EXPECT_TRUE(all.ok()) << path;
  return all.ok() ? all->get_array() : Array{};
}

/// Where each provider has the schema.
const Value* SchemaIn(const Value& body) {
  for (const ValuePath& path :
       {ValuePath{"response_format", "json_schema", "schema"},
        ValuePath{"output_config", "format", "schema"},
        ValuePath{"generationConfig", "responseJsonSchema"}, ValuePath{"format"}}) {
    if (const Value* schema = Find(body, path)) return schema;
  }
  return nullptr;
}

TEST(StructuredWire, IsAskedForAsTheSdksDo) {
  const Array recordings = Recordings();
  EXPECT_EQ(recordings.size(), 4);
  for (const Value& wire : recordings) {
    const WireFormat& format = *WireFormatNamed(StringAt(wire, {"api"}));
    const Value& body = *Find(wire, {"body"});
    ChatRequest chat;
    chat.system = "Be brief.";
    chat.user = R"({"task":1})";
    ASSERT_NE(SchemaIn(body), nullptr) << format.api;
    chat.answer_schema = *SchemaIn(body);
    chat.answer_name = "placement";
    chat.max_tokens = 64;
    chat.temperature = 0.5;
    Provider provider;
    provider.api = format.api;
    provider.model = "m";
    provider.api_key = "key-1";
    const HttpRequest request = format.encode(chat, provider);
    EXPECT_TRUE(Equal(*ParseJson(request.body), body)) << request.body;
    const std::string url = BaseUrlOf(provider) + request.path;
    EXPECT_TRUE(url.ends_with(StringAt(wire, {"path"}))) << url;
    EXPECT_EQ(request.query, StringAt(wire, {"query"}));
    for (const auto& header : *ObjectAt(wire, {"headers"}))
      EXPECT_EQ(FindHeader(request.headers, header.key()), StringAt(header.value(), {}));
  }
}

TEST(StructuredWire, IsReadAsTheSdksDo) {
  for (const Value& wire : Recordings()) {
    const WireFormat& format = *WireFormatNamed(StringAt(wire, {"api"}));
    const AnswerOrError read = format.decode(*Find(wire, {"reply"}));
    const auto* answer = std::get_if<ChatAnswer>(&read);
    ASSERT_NE(answer, nullptr) << format.api;
    EXPECT_EQ(answer->text, R"({"candidate":"c2","risk":2,"reasons":["Größer 😀"]})");
    EXPECT_EQ(answer->usage, (TokenUsage{9, 4}));
    EXPECT_EQ(answer->model, "m-1");
  }
}

}  // namespace
}  // namespace noizy::model
