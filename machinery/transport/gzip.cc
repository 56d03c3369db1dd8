#include "machinery/transport/gzip.h"

#include <zlib.h>

#include <algorithm>

namespace noizy {
namespace {

constexpr int kGzipWindow = 15 + 16;  // zlib's way of saying: 32 KiB, with gzip's header
constexpr int kMemoryLevel = 8;       // zlib's default
constexpr std::size_t kChunkBytes = 64 * 1024;

std::string_view Trim(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

// One zlib stream, ended whatever happens.
class Deflater {
 public:
  explicit Deflater(std::string& out) : out_(out) {
    ready_ = deflateInit2(&stream_, Z_BEST_SPEED, Z_DEFLATED, kGzipWindow, kMemoryLevel,
                          Z_DEFAULT_STRATEGY) == Z_OK;
  }
  ~Deflater() {
    if (ready_) deflateEnd(&stream_);
  }
  Deflater(const Deflater&) = delete;
  Deflater& operator=(const Deflater&) = delete;

  bool ready() const { return ready_; }

  void Add(std::string_view bytes) {
    // zlib does not write to its input, but its oldest interface does not say so.
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    stream_.avail_in = static_cast<uInt>(bytes.size());
    while (stream_.avail_in > 0) Run(Z_NO_FLUSH);
  }
  void Finish() {
    while (Run(Z_FINISH) != Z_STREAM_END) {
    }
  }

 private:
  int Run(int flush) {
    const std::size_t before = out_.size();
    out_.resize(before + kChunkBytes);
    stream_.next_out = reinterpret_cast<Bytef*>(out_.data() + before);
    stream_.avail_out = kChunkBytes;
    const int result = deflate(&stream_, flush);
    out_.resize(before + kChunkBytes - stream_.avail_out);
    return result;
  }

  std::string& out_;
  z_stream stream_{};
  bool ready_ = false;
};

std::size_t SizeOf(const std::vector<SharedBytes>& pieces) {
  std::size_t size = 0;
  for (const SharedBytes& piece : pieces) size += piece.view.size();
  return size;
}

}  // namespace

bool AcceptsGzip(std::string_view accept_encoding) {
  while (!accept_encoding.empty()) {
    const auto end = std::min(accept_encoding.find(','), accept_encoding.size());
    const std::string_view coding = accept_encoding.substr(0, end);
    const auto parameters = std::min(coding.find(';'), coding.size());
    const std::string_view quality = Trim(coding.substr(std::min(parameters + 1, coding.size())));
    if (EqualsIgnoringCase(Trim(coding.substr(0, parameters)), "gzip"))
      return quality != "q=0" && !quality.starts_with("q=0.0");
    accept_encoding.remove_prefix(std::min(end + 1, accept_encoding.size()));
  }
  return false;
}

Result<std::string> Gzip(const std::vector<SharedBytes>& pieces) {
  std::string out;
  Deflater deflater(out);
  if (!deflater.ready()) return Internal("there is no memory to compress a reply");
  for (const SharedBytes& piece : pieces) deflater.Add(piece.view);
  deflater.Finish();
  return out;
}

void GzipReply(std::string_view accept_encoding, HttpReply& reply) {
  if (!AcceptsGzip(accept_encoding) || SizeOf(reply.body) < kMinGzipBytes) return;
  Result<std::string> compressed = Gzip(reply.body);
  if (!compressed.ok()) return;  // the plain body is as good
  reply.body.clear();
  reply.body.emplace_back(*std::move(compressed));
  reply.headers.emplace_back("Content-Encoding", "gzip");
  reply.headers.emplace_back("Vary", "Accept-Encoding");
}

}  // namespace noizy
