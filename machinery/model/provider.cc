#include "machinery/model/provider.h"

#include <charconv>

#include "machinery/model/wire_format.h"
#include "machinery/transport/call_stop.h"
#include "machinery/transport/http_client.h"

namespace noizy::model {
namespace {

constexpr std::size_t kDecimals = 9;
constexpr std::int64_t kBillion = 1'000'000'000;

bool IsDigits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

std::optional<std::int64_t> Number(std::string_view digits) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc{} || end != digits.data() + digits.size()) return {};
  return number;
}

bool HasPath(std::string_view url) {
  const std::size_t scheme = url.find("://");
  const std::size_t slash = url.find('/', scheme == std::string_view::npos ? 0 : scheme + 3);
  return slash != std::string_view::npos && slash + 1 < url.size();
}

}  // namespace

std::optional<std::int64_t> ParseDollars(std::string_view decimal) {
  const std::size_t dot = decimal.find('.');
  const std::string_view whole = decimal.substr(0, dot);
  std::string fraction(dot == std::string_view::npos ? "0" : decimal.substr(dot + 1));
  if (!IsDigits(whole) || !IsDigits(fraction)) return {};
  fraction.resize(kDecimals, '0');
  const auto dollars = Number(whole);
  const auto rest = Number(fraction);
  if (!dollars || !rest || *dollars >= kBillion * 9) return {};
  return *dollars * kBillion + *rest;
}

std::string FormatDollars(std::int64_t nanodollars) {
  std::string fraction = std::to_string(kBillion + nanodollars % kBillion).substr(1);
  while (fraction.size() > 2 && fraction.back() == '0') fraction.pop_back();
  return std::to_string(nanodollars / kBillion) + "." + fraction;
}

std::string BaseUrlOf(const Provider& provider) {
  const WireFormat* format = WireFormatNamed(provider.api);
  std::string url = provider.base_url;
  if (url.empty() && format != nullptr) url = format->default_base_url;
  if (provider.api == "openai" && !HasPath(url)) url.append(url.ends_with('/') ? "v1" : "/v1");
  return url;
}

Result<std::unique_ptr<HttpTransport>> ConnectTo(const Provider& provider) {
  return ConnectUntil(provider, nullptr);
}

Result<std::unique_ptr<HttpTransport>> ConnectUntil(const Provider& provider,
                                                    std::shared_ptr<CallStop> stop) {
  const std::string where = "provider \"" + provider.name + "\"";
  if (WireFormatNamed(provider.api) == nullptr) {
    return BadRequest(where + ": no api is named \"" + provider.api + "\"");
  }
  HttpClientOptions options;
  options.base_url = BaseUrlOf(provider);
  options.plain_http_anywhere = provider.allow_plain_http;
  options.refuse_link_local = true;
  auto transport = MakeStoppableHttpClient(std::move(options), std::move(stop));
  if (!transport.ok()) return transport.status().WithContext(where);
  return transport;
}

void TakeOutKey(std::string_view key, std::string& text, std::size_t from) {
  if (key.size() < kLeastKeyBytes) return;
  for (std::size_t at = text.find(key, from); at != std::string::npos; at = text.find(key, at))
    text.replace(at, key.size(), kInsteadOfKey);
}

}  // namespace noizy::model
