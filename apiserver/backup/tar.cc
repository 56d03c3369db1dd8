#include "apiserver/backup/tar.h"

#include <algorithm>
#include <charconv>
#include <numeric>
#include <utility>

namespace noizy::apiserver {
namespace {

constexpr std::size_t kBlock = 512;

// A field of the header: where it is and how long.
struct Field {
  std::size_t at;
  std::size_t size;
};
constexpr Field kName{0, 100};
constexpr Field kMode{100, 8};
constexpr Field kUser{108, 8};
constexpr Field kGroup{116, 8};
constexpr Field kSize{124, 12};
constexpr Field kTime{136, 12};
constexpr Field kChecksum{148, 8};
constexpr Field kType{156, 1};
constexpr Field kMagic{257, 8};

void Put(std::string& header, const Field& field, std::string_view text) {
  header.replace(field.at, text.size(), text);
}

// Octal digits that fill the field but for its last byte, which stays zero.
void PutNumber(std::string& header, const Field& field, std::size_t number) {
  for (std::size_t i = field.size - 1; i-- > 0; number /= 8)
    header[field.at + i] = static_cast<char>('0' + number % 8);
}

std::string_view TextIn(std::string_view header, const Field& field) {
  const std::string_view text = header.substr(field.at, field.size);
  return text.substr(0, std::min(text.find('\0'), text.size()));
}

Result<std::size_t> NumberIn(std::string_view header, const Field& field) {
  const std::string_view text = TextIn(header, field);
  std::size_t number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number, 8);
  if (read.ec == std::errc() && !text.empty()) return number;
  return BadRequest("the archive is damaged: a header holds no number");
}

// Over the header with blanks in the checksum's place.
std::size_t ChecksumOf(std::string header) {
  Put(header, kChecksum, std::string(kChecksum.size, ' '));
  return std::accumulate(header.begin(), header.end(), std::size_t{0}, [](std::size_t sum, char c) {
    return sum + static_cast<unsigned char>(c);
  });
}

std::size_t Padded(std::size_t size) {
  return (size + kBlock - 1) / kBlock * kBlock;
}

std::string HeaderOf(const TarFile& file) {
  std::string header(kBlock, '\0');
  Put(header, kName, file.name);
  PutNumber(header, kMode, 0600);
  PutNumber(header, kUser, 0);
  PutNumber(header, kGroup, 0);
  PutNumber(header, kSize, file.content.size());
  PutNumber(header, kTime, 0);
  Put(header, kType, "0");
  Put(header, kMagic, std::string_view("ustar\00000", 8));
  PutNumber(header, kChecksum, ChecksumOf(header));
  return header;
}

// The file whose header begins the archive, taken off its front.
Result<TarFile> TakeFile(std::string_view& archive) {
  const std::string_view header = archive.substr(0, kBlock);
  NOIZY_ASSIGN_OR_RETURN(const std::size_t checksum, NumberIn(header, kChecksum));
  if (checksum != ChecksumOf(std::string(header)))
    return BadRequest("the archive is damaged: a header does not match its checksum");
  if (TextIn(header, kType) != "0") return BadRequest("the archive holds more than plain files");
  NOIZY_ASSIGN_OR_RETURN(const std::size_t size, NumberIn(header, kSize));
  archive.remove_prefix(kBlock);
  if (size > archive.size()) return BadRequest("the archive was cut short");
  TarFile file{std::string(TextIn(header, kName)), std::string(archive.substr(0, size))};
  archive.remove_prefix(std::min(Padded(size), archive.size()));
  return file;
}

}  // namespace

Result<std::string> WriteTar(const std::vector<TarFile>& files) {
  constexpr std::size_t kMostBytes = (std::size_t{1} << 33) - 1;  // eleven octal digits
  std::string archive;
  for (const TarFile& file : files) {
    if (file.name.empty() || file.name.size() > kName.size)
      return BadRequest("\"" + file.name + "\" is no name for an archive: up to 100 bytes");
    if (file.content.size() > kMostBytes) return BadRequest(file.name + " is larger than 8 GiB");
    archive += HeaderOf(file);
    archive += file.content;
    archive.resize(Padded(archive.size()), '\0');
  }
  archive.append(2 * kBlock, '\0');
  return archive;
}

Result<std::vector<TarFile>> ReadTar(std::string_view archive) {
  std::vector<TarFile> files;
  for (;;) {
    if (archive.size() < kBlock) return BadRequest("the archive was cut short");
    if (archive.front() == '\0') return files;
    NOIZY_ASSIGN_OR_RETURN(TarFile file, TakeFile(archive));
    files.push_back(std::move(file));
  }
}

}  // namespace noizy::apiserver
