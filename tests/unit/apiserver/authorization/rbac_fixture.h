// A store with roles and bindings, written as YAML.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "apiserver/authorization/authorizer.h"
#include "apiserver/storage/memory_store.h"
#include "machinery/meta/meta.h"
#include "machinery/value/json.h"
#include "machinery/value/yaml.h"

namespace noizy::apiserver {

class RbacTest : public ::testing::Test {
 protected:
  static std::string ResourceOf(const Value& object) {
    std::string plural;
    for (const char c : StringAt(object, {"kind"})) plural += static_cast<char>(std::tolower(c));
    return plural + "s.rbac.authorization.k8s.io";
  }

  static Value Parse(std::string_view yaml) { return ParseYaml(yaml)->front().value; }

  /// Writes each document, over the one before.
  void Write(std::string_view yaml) {
    const auto documents = ParseYaml(yaml);
    ASSERT_TRUE(documents.ok()) << documents.status().message();
    for (const YamlDocument& document : *documents) Put(document.value);
  }

  void Put(const Value& object) {
    Commit(WriteOp::Kind::kPut,
           {ResourceOf(object), std::string(NamespaceOf(object)), std::string(NameOf(object))},
           ToJson(object));
  }

  void Delete(std::string_view resource, const std::string& ns, const std::string& name) {
    Commit(WriteOp::Kind::kDelete, {std::string(resource), ns, name}, R"({"gone":true})");
  }

  void Commit(WriteOp::Kind kind, StoreKey key, std::string bytes, Attributes attributes = {}) {
    const StoredObjectPtr stored = store_.Get(key);
    bytes.replace(0, 1, R"({"revision":"",)");
    WriteOp op{kind,
               std::move(key),
               stored ? stored->revision : 0,
               {std::move(bytes), 13},
               std::move(attributes)};
    store_.Write({op}, [](const auto& result) { ASSERT_TRUE(result.ok()); });
  }

  static Identity User(std::string name, std::vector<std::string> groups = {}) {
    return {std::move(name), std::move(groups)};
  }

  FakeClock clock_;
  MemoryStore store_{clock_};
  Authorizer authorizer_{store_};
};

}  // namespace noizy::apiserver
