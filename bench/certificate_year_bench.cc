// A year of certificates that live for an hour, under a simulated clock: how many are renewed in
// each minute, and whether one ever ends before it is renewed.
//
// Links: controllers_certificate
//
//   certificate_year_bench [CERTIFICATES [DAYS]]     10,000 and 365 unless told otherwise
//
// Times and jitter are the controller's own (RenewalTimeOf); keys and signatures are left out.
#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

#include "controllers/certificate/wanted.h"

namespace noizy::certificate {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

constexpr Duration kLife = hours(1);
constexpr Duration kBackdate = minutes(5);
// Until then certificates that were made in one minute are still renewed close to each other.
constexpr int kWarmUpDays = 7;

struct Held {
  WallTime due;
  WallTime end;
};

struct Count {
  std::int64_t renewals = 0;
  std::int64_t expired = 0;
  std::int64_t most = 0;   // in a minute, after the warm-up
  std::int64_t after = 0;  // renewals after the warm-up
};

Held Issue(const CertificateSpec& spec, WallTime now, std::int64_t serial) {
  const WallTime end = now + kLife;
  return {RenewalTimeOf(spec, now - kBackdate, end, std::to_string(serial)), end};
}

Count Simulate(int certificates, int days) {
  const CertificateSpec spec;
  std::int64_t serial = 0;
  std::vector<std::vector<Held>> due(24 * 60);  // by minute, in a ring: none lives as long
  const auto put = [&](WallTime now) {
    const Held held = Issue(spec, now, ++serial);
    const auto minute = std::chrono::ceil<minutes>(held.due.time_since_epoch()).count();
    due[static_cast<std::size_t>(minute) % due.size()].push_back(held);
  };
  for (int i = 0; i < certificates; ++i) put(WallTime{});
  Count count;
  for (std::int64_t minute = 1; minute <= std::int64_t{days} * 24 * 60; ++minute) {
    const WallTime now{minutes(minute)};
    const std::vector<Held> renewed =
        std::exchange(due[static_cast<std::size_t>(minute) % due.size()], {});
    for (const Held& held : renewed) {
      if (now >= held.end) ++count.expired;
      put(now);
    }
    const auto number = static_cast<std::int64_t>(renewed.size());
    count.renewals += number;
    if (minute < std::int64_t{kWarmUpDays} * 24 * 60) continue;
    count.after += number;
    count.most = std::max(count.most, number);
  }
  return count;
}

int Run(int certificates, int days) {
  const Count count = Simulate(certificates, days);
  const double mean =
      static_cast<double>(count.after) / (static_cast<double>(days - kWarmUpDays) * 24 * 60);
  std::printf("certificates %d, days %d\nrenewals %lld\nexpired %lld\n", certificates, days,
              static_cast<long long>(count.renewals), static_cast<long long>(count.expired));
  std::printf("renewals a minute after a week: mean %.1f, most %lld (%.2f of the mean)\n", mean,
              static_cast<long long>(count.most), static_cast<double>(count.most) / mean);
  return count.expired == 0 ? 0 : 1;
}

}  // namespace
}  // namespace noizy::certificate

int main(int argc, char** argv) {
  int certificates = 10'000;
  int days = 365;
  if (argc > 1) std::from_chars(argv[1], argv[1] + std::strlen(argv[1]), certificates);
  if (argc > 2) std::from_chars(argv[2], argv[2] + std::strlen(argv[2]), days);
  return noizy::certificate::Run(certificates, days);
}
