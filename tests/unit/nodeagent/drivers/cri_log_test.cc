#include "nodeagent/drivers/cri_log.h"

#include <sstream>

#include "machinery/os/fd.h"
#include "machinery/os/files.h"

namespace noizy::nodeagent {
namespace {

constexpr char kTime[] = "2026-01-01T00:00:00.000000000Z ";

// A log in memory, and what a reader makes of it.
class Log {
 public:
  explicit Log(std::int64_t cap = 1 << 20)
      : file_(*MakeAnonymousFile("")), writer_(file_.get(), 0, cap, clock_) {}

  CriLogWriter& writer() { return writer_; }
  std::string Text() const {
    return ReadFile("/proc/self/fd/" + std::to_string(file_.get())).ValueOr("");
  }
  // Joins the contents of a stream as the format's readers do.
  std::string Joined(const std::string& stream) const {
    std::istringstream lines(Text());
    std::string joined;
    for (std::string line; std::getline(lines, line);) {
      const std::string rest = line.substr(sizeof(kTime) - 1);
      if (!rest.starts_with(stream)) continue;
      joined += rest.substr(9);
      if (rest[7] == 'F') joined += '\n';
    }
    return joined;
  }

 private:
  FakeClock clock_;
  UniqueFd file_;
  CriLogWriter writer_;
};

TEST(CriLogTest, WritesWholeLines) {
  Log log;
  ASSERT_TRUE(log.writer().Append(OutputStream::kStdout, "one\ntw").ok());
  ASSERT_TRUE(log.writer().Append(OutputStream::kStderr, "err\n").ok());
  ASSERT_TRUE(log.writer().Append(OutputStream::kStdout, "o\n\nrest").ok());
  const std::string time = kTime;
  EXPECT_EQ(log.Text(), time + "stdout F one\n" + time + "stderr F err\n" + time +
                            "stdout F two\n" + time + "stdout F \n");
  ASSERT_TRUE(log.writer().Flush(OutputStream::kStdout).ok());
  ASSERT_TRUE(log.writer().Flush(OutputStream::kStderr).ok());
  EXPECT_TRUE(log.Text().ends_with("stdout P rest\n"));
}

TEST(CriLogTest, SplitsLongLinesAndGivesTheBytesBack) {
  for (const std::size_t length :
       {CriLogWriter::kMaxContentBytes - 1, CriLogWriter::kMaxContentBytes,
        CriLogWriter::kMaxContentBytes + 1, 3 * CriLogWriter::kMaxContentBytes}) {
    Log log;
    const std::string text = std::string(length, 'x') + "\nshort\nunfinished";
    // In pieces that cut lines anywhere.
    for (std::size_t at = 0; at < text.size(); at += 1000) {
      ASSERT_TRUE(
          log.writer().Append(OutputStream::kStdout, std::string_view(text).substr(at, 1000)).ok());
    }
    ASSERT_TRUE(log.writer().Flush(OutputStream::kStdout).ok());
    EXPECT_TRUE(log.Joined("stdout") == text) << length;
  }
}

TEST(CriLogTest, SaysOnceThatItIsCut) {
  Log log(200);
  for (int i = 0; i < 100; ++i)
    ASSERT_TRUE(log.writer().Append(OutputStream::kStderr, "0123456789\n").ok());
  EXPECT_TRUE(log.writer().truncated());
  const std::string text = log.Text();
  const std::string notice = "stderr F [noizy: the output beyond 200 bytes is not kept]\n";
  EXPECT_TRUE(text.ends_with(notice)) << text;
  EXPECT_LE(text.size(), 200 + sizeof(kTime) + notice.size());
  EXPECT_EQ(text.find("noizy"), text.rfind("noizy"));
}

TEST(CriLogTest, ExactlyTheCapIsNotCut) {
  const std::size_t line = sizeof(kTime) - 1 + std::string_view("stdout F 0123456789\n").size();
  Log log(static_cast<std::int64_t>(2 * line));
  ASSERT_TRUE(log.writer().Append(OutputStream::kStdout, "0123456789\n0123456789\n").ok());
  EXPECT_FALSE(log.writer().truncated());
  EXPECT_EQ(log.Text().size(), 2 * line);
}

TEST(CriLogTest, FullDiskIsAnError) {
  FakeClock clock;
  CriLogWriter writer(-1, 0, 1000, clock);
  EXPECT_FALSE(writer.Append(OutputStream::kStdout, "x\n").ok());
}

TEST(Rfc3339NanoTest, HasNineDigits) {
  FakeClock clock;
  clock.Advance(std::chrono::hours(24 * 58) + std::chrono::nanoseconds(1'002'003));
  EXPECT_EQ(Rfc3339Nano(clock.Now()), "2026-02-28T00:00:00.001002003Z");
}

}  // namespace
}  // namespace noizy::nodeagent
