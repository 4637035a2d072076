// A directory of the machine that goes away with the test.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <string>

#include "env/posix/posix_files.h"

namespace barnabas::env {

class TempDir {
 public:
  TempDir() {
    std::string name = ::testing::TempDir() + "/barnabas-env-XXXXXX";
    EXPECT_NE(::mkdtemp(name.data()), nullptr);
    path_ = name;
  }
  ~TempDir() { (void)PosixFiles().remove_all(path_); }
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  std::string operator/(const std::string& name) const { return path_ + "/" + name; }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace barnabas::env
