// The two ZooKeepers the conformance suite runs over, behind one face.
#pragma once

#include <functional>
#include <memory>
#include <ostream>
#include <string>

#include "zk/session.h"

namespace barnabas::zk {

class Backend {
 public:
  virtual ~Backend() = default;
  virtual Connector& connector() = 0;
  virtual std::string hosts() const = 0;
  virtual env::Executor executor() = 0;
  virtual env::Clock& clock() = 0;
  // Runs everything until `done`, or for half a minute; what `done` then says.
  virtual bool until(std::function<bool()> done) = 0;
  virtual void expire(Session& session) = 0;
  // Every connection breaks, and the server is back soon.
  virtual void bounce() = 0;
};

enum class BackendKind { kModel, kServer };
std::unique_ptr<Backend> make_backend(BackendKind kind);
inline std::ostream& operator<<(std::ostream& out, BackendKind kind) {
  return out << (kind == BackendKind::kModel ? "Model" : "Server");
}

}  // namespace barnabas::zk
