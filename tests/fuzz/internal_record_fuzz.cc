// A key or value of an internal topic: one byte that picks the kind, two of version, then the
// content.
#include "protocol/messages/for_each.h"
#include "tests/fuzz/message.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace barnabas::protocol;
  auto frame = to_frame(data, size);
  Reader in{barnabas::env::MutableBytes(frame)};
  auto kind = in.int8();
  const auto version = in.int16();
  if (!in.ok()) return 0;
  for_each_record([&]<class Record>() {
    if (kind-- == 0) check_message<Record>(in, version);
  });
  return 0;
}
