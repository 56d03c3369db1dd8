// kindgen OUTPUT_DIR SCHEMA.yaml…: writes OUTPUT_DIR/<singular>.h and .cc for each kind, and
// embedded_schemas.cc. A file whose text would be the same is left alone, so that a change to one
// schema recompiles what uses that kind.
#include <cstdio>
#include <fstream>
#include <iterator>
#include <map>

#include "machinery/value/json.h"
#include "machinery/value/yaml.h"
#include "tools/kindgen/emit.h"

namespace noizy::kindgen {
namespace {

Result<std::string> ReadFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  if (!in) return BadRequest(path + ": cannot be read");
  return text;
}

Status WriteFile(const std::string& path, const std::string& text) {
  const auto present = ReadFile(path);
  if (present && *present == text) return Status::Ok();
  std::ofstream out(path, std::ios::binary);
  out << text;
  out.close();
  return out ? Status::Ok() : BadRequest(path + ": cannot be written");
}

class Generator {
 public:
  explicit Generator(std::string directory) : directory_(std::move(directory)) {}

  Status Add(const std::string& path) {
    NOIZY_ASSIGN_OR_RETURN(const std::string text, ReadFile(path));
    const auto registry = KindRegistry::FromYaml({text});
    if (!registry) return registry.status().WithContext(path);
    NOIZY_ASSIGN_OR_RETURN(const auto documents, ParseYaml(text));
    bool renamed = false;
    for (const YamlDocument& document : documents) {
      texts_.push_back(ToJson(document.value));
      renamed = renamed || !AnnotationOf(document.value, "noizy.dev/objects-of").empty();
    }
    if (renamed) return Status::Ok();  // another kind's objects, which have a struct
    for (const KindPtr& kind : registry->kinds()) NOIZY_RETURN_IF_ERROR(Generate(kind));
    return Status::Ok();
  }

  Status Finish() const {
    return WriteFile(directory_ + "/embedded_schemas.cc", EmitEmbeddedSchemas(texts_));
  }

 private:
  Status Generate(const KindPtr& kind) {
    NOIZY_ASSIGN_OR_RETURN(const KindModel model, BuildModel(kind));
    for (const Struct& made : model.structs) NOIZY_RETURN_IF_ERROR(Claim(made.name, *kind));
    NOIZY_RETURN_IF_ERROR(Claim(model.root.name, *kind));
    NOIZY_RETURN_IF_ERROR(WriteFile(directory_ + "/" + kind->singular + ".h", EmitHeader(model)));
    return WriteFile(directory_ + "/" + kind->singular + ".cc", EmitSource(model));
  }

  // All structs share one namespace.
  Status Claim(const std::string& name, const Kind& kind) {
    const auto [place, is_new] = owners_.emplace(name, kind.Resource());
    if (is_new) return Status::Ok();
    return BadRequest("struct " + name + " comes from both " + place->second + " and " +
                      kind.Resource() + ": give one of them another title");
  }

  std::string directory_;
  std::vector<std::string> texts_;
  std::map<std::string, std::string> owners_;
};

Status Run(int argc, char** argv) {
  if (argc < 2) return BadRequest("usage: kindgen OUTPUT_DIR SCHEMA.yaml...");
  Generator generator(argv[1]);
  for (int i = 2; i < argc; ++i) NOIZY_RETURN_IF_ERROR(generator.Add(argv[i]));
  return generator.Finish();
}

}  // namespace
}  // namespace noizy::kindgen

int main(int argc, char** argv) {
  const noizy::Status status = noizy::kindgen::Run(argc, argv);
  if (status.ok()) return 0;
  std::fprintf(stderr, "kindgen: %s\n", status.message().c_str());
  return 1;
}
