#include "machinery/protobuf/protobuf.h"

#include <gtest/gtest.h>

#include "machinery/base/random.h"
#include "machinery/value/json.h"
#include "tests/unit/machinery/protobuf/wire.h"

namespace noizy {
namespace {

std::string Decoded(std::string_view api_version, std::string_view kind, const std::string& raw) {
  const Result<Value> object = DecodeProtobuf(Envelope(api_version, kind, raw));
  return object.ok() ? ToJson(*object) : object.status().ToString();
}

std::string Metadata(std::string_view name) {
  return Bytes(1, Bytes(1, name) + Bytes(2, "") + Number(7, 0) + Bytes(8, ""));
}

TEST(Protobuf, ReadsASecretAsHelmWritesIt) {
  const std::string raw =
      Bytes(1, Bytes(1, "sh.helm.release.v1.a.v1") + Bytes(2, "") + Bytes(3, "default") +
                   Number(7, 0) + Bytes(8, "") + Entry(11, "owner", "helm")) +
      Entry(2, "release", std::string("\0\xff", 2)) + Bytes(3, "helm.sh/release.v1");
  EXPECT_EQ(Decoded("v1", "Secret", raw),
            R"({"apiVersion":"v1","kind":"Secret","metadata":{"name":"sh.helm.release.v1.a.v1",)"
            R"("namespace":"default","labels":{"owner":"helm"}},"data":{"release":"AP8="},)"
            R"("type":"helm.sh/release.v1"})");
}

TEST(Protobuf, KeepsEmptyValuesWhereTheyMeanSomething) {
  EXPECT_EQ(Decoded("v1", "ConfigMap", Metadata("a") + Number(4, 0) + Entry(2, "k", "")),
            R"({"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"immutable":false,)"
            R"("data":{"k":""}})");
  EXPECT_EQ(Decoded("v1", "Secret", Metadata("a") + Bytes(3, "")),
            R"({"apiVersion":"v1","kind":"Secret","metadata":{"name":"a"}})");
}

TEST(Protobuf, ReadsAQuotasQuantities) {
  const std::string hard = Bytes(1, Bytes(1, "cpu") + Bytes(2, Bytes(1, "500m")));
  EXPECT_EQ(Decoded("v1", "ResourceQuota", Metadata("q") + Bytes(2, hard) + Bytes(3, "")),
            R"({"apiVersion":"v1","kind":"ResourceQuota","metadata":{"name":"q"},)"
            R"("spec":{"hard":{"cpu":"500m"}}})");
}

TEST(Protobuf, ReadsRolesAndTheirBindings) {
  const std::string rule = Bytes(1, "get") + Bytes(1, "list") + Bytes(2, "") + Bytes(3, "tasks");
  EXPECT_EQ(Decoded("rbac.authorization.k8s.io/v1", "Role", Metadata("r") + Bytes(2, rule)),
            R"({"apiVersion":"rbac.authorization.k8s.io/v1","kind":"Role","metadata":{"name":"r"},)"
            R"("rules":[{"verbs":["get","list"],"apiGroups":[""],"resources":["tasks"]}]})");
  const std::string subject = Bytes(1, "User") + Bytes(2, "") + Bytes(3, "ann") + Bytes(4, "");
  const std::string role = Bytes(1, "rbac.authorization.k8s.io") + Bytes(2, "Role") + Bytes(3, "r");
  EXPECT_EQ(Decoded("rbac.authorization.k8s.io/v1", "RoleBinding",
                    Metadata("b") + Bytes(2, subject) + Bytes(3, role)),
            R"({"apiVersion":"rbac.authorization.k8s.io/v1","kind":"RoleBinding",)"
            R"("metadata":{"name":"b"},"subjects":[{"kind":"User","name":"ann"}],)"
            R"("roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"Role","name":"r"}})");
}

TEST(Protobuf, ARequestsBytesAreBase64) {
  const std::string raw =
      Bytes(1, Bytes(1, "jane")) +
      Bytes(2, Bytes(1, std::string("\0\xff", 2)) + Bytes(5, "client auth") + Bytes(7, "a/b")) +
      Bytes(3, Bytes(1, Bytes(1, "Approved") + Bytes(6, "True")) + Bytes(2, ""));
  EXPECT_EQ(
      Decoded("certificates.k8s.io/v1", "CertificateSigningRequest", raw),
      R"({"apiVersion":"certificates.k8s.io/v1","kind":"CertificateSigningRequest",)"
      R"("metadata":{"name":"jane"},"spec":{"request":"AP8=","usages":["client auth"],)"
      R"("signerName":"a/b"},"status":{"conditions":[{"type":"Approved","status":"True"}]}})");
}

TEST(Protobuf, ReadsTimesInTheirPrecision) {
  const std::string time = Number(1, 1763809445) + Number(2, 123456000);
  EXPECT_EQ(Decoded("coordination.k8s.io/v1", "Lease",
                    Metadata("l") + Bytes(2, Bytes(1, "me") + Number(2, 15) + Bytes(3, time) +
                                                 Bytes(4, time) + Number(5, 0))),
            R"({"apiVersion":"coordination.k8s.io/v1","kind":"Lease","metadata":{"name":"l"},)"
            R"("spec":{"holderIdentity":"me","leaseDurationSeconds":15,)"
            R"("acquireTime":"2025-11-22T11:04:05.123456Z",)"
            R"("renewTime":"2025-11-22T11:04:05.123456Z","leaseTransitions":0}})");
  EXPECT_NE(Decoded("v1", "Event", Metadata("e") + Bytes(6, time))
                .find(R"("firstTimestamp":"2025-11-22T11:04:05Z")"),
            std::string::npos);
}

TEST(Protobuf, ReadsReviews) {
  const std::string extra = Bytes(1, "scopes") + Bytes(2, Bytes(1, "a") + Bytes(1, "b"));
  EXPECT_EQ(Decoded("authorization.k8s.io/v1", "SubjectAccessReview",
                    Bytes(1, "") + Bytes(2, Bytes(1, Bytes(1, "default") + Bytes(2, "get") +
                                                         Bytes(5, "tasks")) +
                                                Bytes(3, "ann") + Bytes(5, extra))),
            R"({"apiVersion":"authorization.k8s.io/v1","kind":"SubjectAccessReview","metadata":{},)"
            R"("spec":{"resourceAttributes":{"namespace":"default","verb":"get",)"
            R"("resource":"tasks"},"user":"ann","extra":{"scopes":["a","b"]}}})");
}

TEST(Protobuf, ReadsManagedFieldsAndOwners) {
  const std::string owner =
      Bytes(1, "Task") + Bytes(3, "t") + Bytes(4, "u") + Bytes(5, "noizy.dev/v1") + Number(6, 1);
  const std::string entry = Bytes(1, "me") + Bytes(2, "Apply") + Bytes(6, "FieldsV1") +
                            Bytes(7, Bytes(1, R"({"f:data":{}})"));
  EXPECT_EQ(
      Decoded("v1", "ConfigMap", Bytes(1, Bytes(13, owner) + Bytes(17, entry))),
      R"({"apiVersion":"v1","kind":"ConfigMap","metadata":{"ownerReferences":[)"
      R"({"kind":"Task","name":"t","uid":"u","apiVersion":"noizy.dev/v1","controller":true}],)"
      R"("managedFields":[{"manager":"me","operation":"Apply","fieldsType":"FieldsV1",)"
      R"("fieldsV1":{"f:data":{}}}]}})");
}

TEST(Protobuf, ReadsDeleteOptionsOfEveryGroup) {
  EXPECT_EQ(
      Decoded("rbac.authorization.k8s.io/v1", "DeleteOptions",
              Number(1, 0) + Bytes(2, Bytes(1, "u")) + Bytes(4, "Background") + Bytes(5, "All")),
      R"({"apiVersion":"rbac.authorization.k8s.io/v1","kind":"DeleteOptions",)"
      R"("gracePeriodSeconds":0,"preconditions":{"uid":"u"},)"
      R"("propagationPolicy":"Background","dryRun":["All"]})");
}

TEST(Protobuf, SkipsWhatItDoesNotKnowAndJoinsWhatComesInParts) {
  EXPECT_EQ(
      Decoded("v1", "ServiceAccount",
              Number(99, 1) + Bytes(1, Bytes(1, "a")) + Bytes(1, Bytes(3, "ns"))),
      R"({"apiVersion":"v1","kind":"ServiceAccount","metadata":{"name":"a","namespace":"ns"}})");
}

TEST(Protobuf, RefusesTypesWithoutRows) {
  const Status status = DecodeProtobuf(Envelope("noizy.dev/v1", "Task", "")).status();
  EXPECT_EQ(status.reason(), StatusReason::kUnsupportedMediaType);
  EXPECT_NE(status.message().find("send application/json"), std::string::npos);
  EXPECT_EQ(DecodeProtobuf(std::string("k8s\0", 4)).status().reason(),
            StatusReason::kUnsupportedMediaType);
}

TEST(Protobuf, RefusesWhatIsNoEnvelopeOfPlainProtobuf) {
  EXPECT_EQ(DecodeProtobuf("").status().reason(), StatusReason::kBadRequest);
  EXPECT_EQ(DecodeProtobuf(R"({"kind":"Secret"})").status().reason(), StatusReason::kBadRequest);
  const std::string envelope = Envelope("v1", "Secret", "");
  EXPECT_EQ(DecodeProtobuf(envelope + Bytes(3, "gzip")).status().reason(),
            StatusReason::kUnsupportedMediaType);
  EXPECT_EQ(DecodeProtobuf(envelope + Bytes(4, "application/json")).status().reason(),
            StatusReason::kUnsupportedMediaType);
  EXPECT_EQ(DecodeProtobuf(envelope + Number(2, 1)).status().reason(), StatusReason::kBadRequest);
}

TEST(Protobuf, RefusesFieldsOfTheWrongShape) {
  const auto refused = [](const std::string& raw) {
    return DecodeProtobuf(Envelope("v1", "Event", raw)).status().reason() ==
           StatusReason::kBadRequest;
  };
  EXPECT_TRUE(refused(Number(3, 1)));             // a string
  EXPECT_TRUE(refused(Bytes(8, "1")));            // an integer
  EXPECT_TRUE(refused(Number(1, 1)));             // a message
  EXPECT_TRUE(refused(Bytes(1, Number(11, 1))));  // a map
  EXPECT_TRUE(refused(Bytes(1, Bytes(11, Number(1, 1)))));
  EXPECT_TRUE(refused(Bytes(1, Bytes(11, Number(2, 1)))));
  EXPECT_TRUE(refused(Bytes(3, "\xff")));  // UTF-8
  EXPECT_TRUE(refused(Bytes(1, Entry(11, "\xc0\x80", ""))));
  EXPECT_TRUE(refused(Bytes(6, Number(1, 253402300800))));  // the year 10000
  EXPECT_TRUE(refused(Bytes(6, Number(1, 1) + Number(2, 1'000'000'000))));
  EXPECT_TRUE(refused(Bytes(1, Bytes(17, Bytes(7, Bytes(1, "{"))))));  // fieldsV1
}

TEST(Protobuf, SurvivesEveryCutAndManyMutations) {
  const std::string rule = Bytes(1, "get") + Bytes(2, "") + Bytes(3, "tasks");
  const std::string body = Envelope(
      "rbac.authorization.k8s.io/v1", "ClusterRole",
      Bytes(1, Bytes(1, "a") + Bytes(8, Number(1, 1) + Number(2, 2)) + Entry(11, "k", "v")) +
          Bytes(2, rule) + Bytes(3, Bytes(1, Entry(1, "x", "y"))));
  ASSERT_TRUE(DecodeProtobuf(body).ok());
  for (std::size_t size = 0; size < body.size(); ++size) {
    const auto cut = DecodeProtobuf(body.substr(0, size));
    EXPECT_TRUE(!cut.ok() || cut->is_object());
  }
  SeededRandom random(7);
  int refused = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::string mutated = body;
    for (int i = 0; i < 3; ++i)
      mutated[4 + random.Below(mutated.size() - 4)] = static_cast<char>(random.Below(256));
    const auto object = DecodeProtobuf(mutated);
    if (object.ok()) {
      EXPECT_TRUE(ParseJson(ToJson(*object)).ok());
    } else {
      ++refused;
    }
  }
  EXPECT_GT(refused, 1000);
}

TEST(Protobuf, AMessageInManyPartsCostsNoCopies) {
  std::string raw = Bytes(1, Bytes(1, std::string(500'000, 'a')));
  for (int i = 0; i < 200'000; ++i) raw += Bytes(1, "");
  EXPECT_TRUE(DecodeProtobuf(Envelope("v1", "ConfigMap", raw)).ok());
}

}  // namespace
}  // namespace noizy
