// A group between the state machine and its record in the log.
#pragma once

#include "broker/group/types.h"
#include "protocol/messages/group_metadata_value.h"

namespace barnabas::broker::group {

StoredGroup stored_group(protocol::GroupMetadataValue value);
protocol::GroupMetadataValue group_value(const StoredGroup& group);

}  // namespace barnabas::broker::group
