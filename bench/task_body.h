// The object that benches write: a Task of about 1.3 kB, 2 kB and more once it is stored.
#pragma once

#include <string>

namespace noizy::bench {

inline constexpr char kTasks[] = "/apis/noizy.dev/v1/namespaces/default/tasks";

inline std::string TaskBody(const std::string& name, const std::string& note = "x") {
  return R"({"apiVersion":"noizy.dev/v1","kind":"Task","metadata":{"name":")" + name +
         R"(","labels":{"app":"bench","tier":"back"},"annotations":{"note":")" + note +
         R"("}},"spec":{"suspend":true,)" +
         R"("exec":{"command":["python3","analyze.py","--input","/srv/data/in.csv"],"workingDir":"/tmp"},)" +
         R"("env":[{"name":"A","value":"b"},{"name":"C","value":"d"}],"resources":{"requests":{"cpu":"500m","memory":"256Mi"}},)" +
         R"("payload":")" + std::string(900, 'p') + R"("}})";
}

}  // namespace noizy::bench
