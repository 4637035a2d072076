// A frame as it comes from a client: header, then the body of its key and version.
#include "protocol/header.h"
#include "protocol/messages/for_each.h"
#include "tests/fuzz/message.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace barnabas::protocol;
  auto frame = to_frame(data, size);
  Reader in{barnabas::env::MutableBytes(frame)};
  const auto header = RequestHeader::decode(in);
  if (!header) return 0;
  for_each_request([&]<class Request>() {
    if (Request::kKey == header->key) check_message<Request>(in, header->version);
  });
  return 0;
}
