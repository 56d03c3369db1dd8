// A C++ file as the tidy rules see it: comments and literals taken out, its includes, its type
// names, its functions.
//
// The reading is a scanner of brackets, not a compiler: it knows enough of C++ to tell a function's
// body from an initialiser, and no more. What it cannot tell (a macro that opens a brace) it takes
// for an initialiser, which is never counted.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace noizy::tidy {

/// Lines are counted from 1 everywhere.
struct Include {
  std::size_t line = 0;
  std::string path;
  bool angled = false;  // <path>, not "path"
};

struct TypeName {
  std::size_t line = 0;
  std::string name;
  bool is_enum = false;
};

struct Function {
  std::size_t line = 0;   // where its declaration begins
  std::size_t lines = 0;  // declaration and body, both ends counted
  std::string name;
};

struct SourceLine {
  std::string code;     // with comments, and the insides of literals, replaced by blanks
  std::string comment;  // without its marks; "" when there is none
  bool preprocessor = false;
};

struct SourceFile {
  std::vector<SourceLine> lines;
  std::vector<Include> includes;
  std::vector<TypeName> types;
  std::vector<Function> functions;

  /// Lines that hold anything, and of them those that hold a comment.
  std::size_t filled_lines = 0;
  std::size_t comment_lines = 0;
};

SourceFile ParseSource(std::string_view text);

/// The lines of a text, without their ends.
std::vector<std::string_view> SplitLines(std::string_view text);
/// The identifiers of a line of code, in order.
struct Word {
  std::string_view text;
  std::size_t offset = 0;
};
std::vector<Word> Words(std::string_view code);

}  // namespace noizy::tidy
