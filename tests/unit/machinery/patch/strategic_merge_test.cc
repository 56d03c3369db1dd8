#include "machinery/patch/strategic_merge.h"

#include <gtest/gtest.h>

#include "tests/unit/machinery/patch/widget_schema.h"

namespace noizy {
namespace {

const Schema& PodLikeSchema() {
  static const auto kSchema = CompileSchema(FromYaml(R"(
type: object
properties:
  spec:
    type: object
    properties:
      replicas: {type: integer}
      strategy: {type: object, properties: {type: {type: string}, rolling: {type: string}}}
      args: {type: array, items: {type: string}}
      tags: {type: array, items: {type: string}, x-kubernetes-patch-strategy: merge}
      env:
        type: array
        x-kubernetes-patch-strategy: merge
        x-kubernetes-patch-merge-key: name
        items: {type: object, properties: {name: {type: string}, value: {type: string}}}
)"));
  return **kSchema;
}

// `object` and `patch` are what stands in spec.
Result<Value> Patched(std::string_view object, std::string_view patch) {
  Value value = Object{{"spec", FromYaml(object)}};
  NOIZY_RETURN_IF_ERROR(
      ApplyStrategicMergePatch(PodLikeSchema(), value, Object{{"spec", FromYaml(patch)}}));
  return *Find(value, {"spec"});
}

struct Case {
  const char* object;
  const char* patch;
  const char* result;
};

void Check(const std::vector<Case>& cases) {
  for (const Case& test : cases) {
    const Result<Value> result = Patched(test.object, test.patch);
    ASSERT_TRUE(result.ok()) << test.patch << ": " << result.status().message();
    EXPECT_EQ(ToJson(*result), ToJson(FromYaml(test.result))) << test.object << " + " << test.patch;
  }
}

TEST(StrategicMerge, MergesMapsAndReplacesPlainLists) {
  Check({
      {"{replicas: 1}", "{strategy: {type: a}}", "{replicas: 1, strategy: {type: a}}"},
      {"{replicas: 1, args: [a]}", "{replicas: null, args: [b, c]}", "{args: [b, c]}"},
      {"{}", "{strategy: {type: a, rolling: null}}", "{strategy: {type: a}}"},
  });
}

TEST(StrategicMerge, MergesListsByKey) {
  Check({
      {"{env: [{name: a, value: '1'}, {name: b}]}", "{env: [{name: b, value: '2'}, {name: c}]}",
       "{env: [{name: a, value: '1'}, {name: b, value: '2'}, {name: c}]}"},
      {"{env: [{name: a, value: '1'}]}", "{env: [{name: a, value: null}]}", "{env: [{name: a}]}"},
      {"{env: [{name: a}, {name: b}]}", "{env: [{name: a, $patch: delete}]}", "{env: [{name: b}]}"},
      {"{}", "{env: [{name: a, $patch: delete}, {name: b}]}", "{env: [{name: b}]}"},
      {"{env: [{name: a}, {name: b}]}", "{env: [{$patch: replace}, {name: c}]}",
       "{env: [{name: c}]}"},
      {"{env: [{name: a, value: '1'}]}", "{env: [{name: a, $patch: replace}]}",
       "{env: [{name: a}]}"},
      {"{tags: [a, b]}", "{tags: [b, c]}", "{tags: [a, b, c]}"},
  });
}

TEST(StrategicMerge, FollowsDirectives) {
  Check({
      {"{strategy: {type: a, rolling: b}}", "{strategy: {$patch: replace, type: c}}",
       "{strategy: {type: c}}"},
      {"{strategy: {type: a}}", "{strategy: {$patch: delete}}", "{strategy: {}}"},
      {"{strategy: {type: a}}", "{strategy: {$patch: merge, rolling: b}}",
       "{strategy: {type: a, rolling: b}}"},
      {"{strategy: {type: a, rolling: b}}", "{strategy: {$retainKeys: [type], type: c}}",
       "{strategy: {type: c}}"},
      {"{tags: [a, b, c]}", "{$deleteFromPrimitiveList/tags: [b], tags: [d]}", "{tags: [a, c, d]}"},
      {"{tags: [a, b]}", "{$deleteFromPrimitiveList/tags: [b]}", "{tags: [a]}"},
      {"{tags: [a, b, c]}", "{$setElementOrder/tags: [c, a]}", "{tags: [c, a, b]}"},
      {"{env: [{name: a}, {name: x}, {name: b}]}",
       "{$setElementOrder/env: [{name: b}, {name: a}, {name: c}], env: [{name: c}]}",
       "{env: [{name: b}, {name: a}, {name: x}, {name: c}]}"},
      {"{}", "{$setElementOrder/env: [{name: a}]}", "{}"},
  });
}

TEST(StrategicMerge, RefusesWhatIsMalformed) {
  for (const char* const patch :
       {"{strategy: {$patch: dance}}", "{strategy: {$patch: 1}}", "{env: [{value: a}]}",
        "{env: [{$patch: delete}]}", "{strategy: {$retainKeys: a}}",
        "{strategy: {$retainKeys: [rolling], type: a}}", "{$setElementOrder/tags: a}",
        "{$deleteFromPrimitiveList/tags: {}}"}) {
    EXPECT_EQ(Patched("{}", patch).status().reason(), StatusReason::kBadRequest) << patch;
  }
  Value value = Object();
  EXPECT_FALSE(ApplyStrategicMergePatch(PodLikeSchema(), value, Array()).ok());
}

TEST(StrategicMerge, MetadataMergesAlikeForAllKinds) {
  Value value = FromYaml(
      "{metadata: {name: a, labels: {x: y}, finalizers: [a/a], ownerReferences: [{uid: u, name: "
      "n}]}}");
  ASSERT_TRUE(ApplyStrategicMergePatch(PodLikeSchema(), value,
                                       FromYaml("{metadata: {labels: {z: w}, finalizers: [b/b], "
                                                "ownerReferences: [{uid: u, kind: K}]}}"))
                  .ok());
  EXPECT_EQ(ToJson(value),
            ToJson(FromYaml("{metadata: {name: a, labels: {x: y, z: w}, finalizers: [a/a, b/b], "
                            "ownerReferences: [{uid: u, name: n, kind: K}]}}")));
}

}  // namespace
}  // namespace noizy
