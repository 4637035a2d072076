// kafka-delete-records: lets partitions begin later.
//
// Kafka       tools/DeleteRecordsCommand. Differs: the text of a timeout counts no attempts.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "protocol/types.h"
#include "tools/admin_client.h"
#include "tools/console.h"
#include "tools/json_file.h"

namespace barnabas::tools {

int run_delete_records(std::span<const std::string> words, const OpenClient& open, Console console);

struct NewStart {
  TopicPartition partition;
  Offset offset;  // of the first record to stay; -1: none stays
};
// What an --offset-json-file says.
Parsed<std::vector<NewStart>> parse_new_starts(const std::string& text);

}  // namespace barnabas::tools
