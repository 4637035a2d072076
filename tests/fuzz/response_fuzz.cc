// An answer of another broker: two bytes of key and two of version (what was asked), then the
// frame.
#include "protocol/header.h"
#include "protocol/messages/for_each.h"
#include "tests/fuzz/message.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace barnabas;
  using namespace barnabas::protocol;
  auto frame = to_frame(data, size);
  Reader in{env::MutableBytes(frame)};
  const ApiKey key{in.int16()};
  const auto version = in.int16();
  if (!in.ok() || !ResponseHeader::decode(in, key, version)) return 0;
  for_each_response([&]<class Response>() {
    if (Response::kKey == key) check_message<Response>(in, version);
  });
  return 0;
}
