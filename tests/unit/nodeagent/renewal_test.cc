#include "nodeagent/renewal.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "machinery/pki/pki.h"
#include "nodeagent/renewable_channel.h"

namespace noizy::nodeagent {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

class RenewalTest : public testing::Test {
 protected:
  RenewalTest() {
    std::string name = (std::filesystem::temp_directory_path() / "noizy_renewal_XXXXXX").string();
    folder_ = mkdtemp(name.data());
    CertificateProfile profile;
    profile.subject.common_name = "noizy-ca";
    profile.not_before = clock_.Now();
    profile.not_after = clock_.Now() + hours(24 * 365);
    profile.is_ca = true;
    authority_ = *CreateAuthority(profile, KeySpec{});
    RenewalOptions options;
    options.data_dir = folder_;
    options.identity.node_name = "a";
    options.identity.server = "127.0.0.1:1";
    options.identity.tls.private_key_pem = *GenerateKey(KeySpec{});
    options.identity.tls.certificate_pem = Sign(*PublicKeyOf(options.identity.tls.private_key_pem));
    options.identity.tls.ca_pem = authority_.certificate_pem;
    options.use = [this](const NodeIdentity& identity) {
      used_ = identity.tls.certificate_pem;
      return Status::Ok();
    };
    renewal_ = std::make_shared<CertificateRenewal>(
        options, [this](v1::AgentMessage message) { sent_.push_back(std::move(message)); },
        executor_, clock_);
  }
  ~RenewalTest() override { std::filesystem::remove_all(folder_); }

  // A certificate of 24 hours.
  std::string Sign(const std::string& public_key, const std::string& name = "a") {
    CertificateProfile profile;
    profile.subject.common_name = "system:node:" + name;
    profile.subject.organizations = {"system:nodes"};
    profile.not_before = clock_.Now();
    profile.not_after = clock_.Now() + hours(24);
    profile.usages = {"digital signature", "client auth"};
    return *SignCertificate(authority_, profile, public_key);
  }
  void Advance(Duration by) {
    clock_.Advance(by);
    executor_.RunUntilIdle();
  }
  // What the control plane answers to the last request.
  v1::CertificateAnswer Answer(const std::string& name = "a") {
    v1::CertificateAnswer answer;
    const auto request = ParseSigningRequest(sent_.back().certificate_request().csr_pem());
    answer.set_certificate_pem(Sign(request->public_key_der, name));
    answer.set_ca_pem(authority_.certificate_pem);
    return answer;
  }

  FakeClock clock_;
  FakeExecutor executor_{clock_};
  std::string folder_;
  CertificateAuthority authority_;
  std::vector<v1::AgentMessage> sent_;
  std::string used_;
  std::shared_ptr<CertificateRenewal> renewal_;
};

TEST_F(RenewalTest, ItAsksAtTwoThirdsOfTheLifeAndUsesWhatComes) {
  renewal_->OnConnected();
  Advance(hours(16) - minutes(1));
  EXPECT_TRUE(sent_.empty());
  Advance(minutes(1));
  ASSERT_EQ(sent_.size(), 1U);
  const v1::CertificateAnswer answer = Answer();
  renewal_->OnAnswer(answer);
  EXPECT_EQ(used_, answer.certificate_pem());
  const auto saved = LoadIdentity(folder_, clock_);
  ASSERT_TRUE(saved.ok()) << saved.status().ToString();
  EXPECT_EQ(saved->tls.certificate_pem, answer.certificate_pem());
  EXPECT_EQ(*PublicKeyOf(saved->tls.private_key_pem),
            ParseCertificate(answer.certificate_pem())->public_key_der);
  // And again, two thirds later.
  Advance(hours(15));
  EXPECT_EQ(sent_.size(), 1U);
  Advance(hours(1));
  EXPECT_EQ(sent_.size(), 2U);
}

TEST_F(RenewalTest, WhoComesLateAsksAtOnceAndWithoutAnAnswerAgain) {
  clock_.Advance(hours(20));
  renewal_->OnConnected();
  Advance(minutes(0));
  EXPECT_EQ(sent_.size(), 1U);
  Advance(minutes(5));
  EXPECT_EQ(sent_.size(), 2U);
  renewal_->OnDisconnected();
  Advance(hours(1));
  EXPECT_EQ(sent_.size(), 2U);
}

TEST_F(RenewalTest, NothingButTheOwnNameOverTheOwnKeyIsTaken) {
  renewal_->OnAnswer({});  // nobody asked
  renewal_->OnConnected();
  Advance(hours(16));
  renewal_->OnAnswer(Answer("b"));
  Advance(minutes(5));
  v1::CertificateAnswer answer;
  answer.set_certificate_pem(Sign(*PublicKeyOf(*GenerateKey(KeySpec{}))));
  renewal_->OnAnswer(answer);
  Advance(minutes(5));
  answer = Answer();
  answer.set_ca_pem(Sign(*PublicKeyOf(authority_.private_key_pem)));
  renewal_->OnAnswer(answer);
  Advance(minutes(5));
  answer = {};
  answer.set_refused("no");
  renewal_->OnAnswer(answer);
  EXPECT_EQ(used_, "");
  Advance(minutes(5));
  EXPECT_EQ(sent_.size(), 5U);
}

TEST_F(RenewalTest, CasThatComeByThemselvesAreKeptAndTheNextCertificateIsAskedForAtOnce) {
  CertificateProfile profile;
  profile.subject.common_name = "next-ca";
  profile.not_before = clock_.Now();
  profile.not_after = clock_.Now() + hours(24 * 365);
  profile.is_ca = true;
  profile.usages = {"cert sign"};
  const CertificateAuthority next = *CreateAuthority(profile, KeySpec{});
  renewal_->OnConnected();
  v1::CertificateAnswer told;
  told.set_ca_pem(next.certificate_pem + authority_.certificate_pem);
  renewal_->OnAnswer(told);
  EXPECT_EQ(LoadIdentity(folder_, clock_)->tls.ca_pem, told.ca_pem());
  ASSERT_EQ(sent_.size(), 1U);

  authority_ = next;
  v1::CertificateAnswer answer = Answer();
  answer.set_ca_pem(told.ca_pem());
  renewal_->OnAnswer(answer);
  EXPECT_EQ(used_, answer.certificate_pem());
  told.set_ca_pem("nonsense");
  renewal_->OnAnswer(told);
  EXPECT_EQ(renewal_->identity().tls.ca_pem, answer.ca_pem());
  EXPECT_EQ(sent_.size(), 1U);
}

class NamedChannel final : public AgentChannel {
 public:
  explicit NamedChannel(int& opened) : opened_(opened) {}
  std::shared_ptr<AgentSession> OpenSession(AgentSessionEvents) override {
    ++opened_;
    return nullptr;
  }
  std::shared_ptr<PayloadFetch> FetchPayload(const v1::PayloadRequest&, PayloadEvents) override {
    ++opened_;
    return nullptr;
  }

 private:
  int& opened_;
};

TEST(RenewableChannel, NewSessionsTakeTheNewChannel) {
  int first = 0;
  int second = 0;
  RenewableChannel channel(std::make_shared<NamedChannel>(first));
  channel.OpenSession({});
  channel.Replace(std::make_shared<NamedChannel>(second));
  channel.OpenSession({});
  channel.FetchPayload({}, {});
  EXPECT_EQ(first, 1);
  EXPECT_EQ(second, 2);
}

}  // namespace
}  // namespace noizy::nodeagent
