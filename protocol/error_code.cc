#include "protocol/error_code.h"

namespace barnabas {
namespace {

struct Row {
  ErrorCode code;
  std::string_view name;
  std::string_view message;
  bool retriable;
};

constexpr Row kRows[] = {
    {ErrorCode::kUnknownServerError, "UNKNOWN_SERVER_ERROR",
     "The server experienced an unexpected error when processing the request.", false},
    {ErrorCode::kNone, "NONE", "NONE", false},
    {ErrorCode::kOffsetOutOfRange, "OFFSET_OUT_OF_RANGE",
     "The requested offset is not within the range of offsets maintained by the server.", false},
    {ErrorCode::kCorruptMessage, "CORRUPT_MESSAGE",
     "This message has failed its CRC checksum, exceeds the valid size, has a null key for a "
     "compacted topic, or is otherwise corrupt.",
     true},
    {ErrorCode::kUnknownTopicOrPartition, "UNKNOWN_TOPIC_OR_PARTITION",
     "This server does not host this topic-partition.", true},
    {ErrorCode::kInvalidFetchSize, "INVALID_FETCH_SIZE", "The requested fetch size is invalid.",
     false},
    {ErrorCode::kLeaderNotAvailable, "LEADER_NOT_AVAILABLE",
     "There is no leader for this topic-partition as we are in the middle of a leadership "
     "election.",
     true},
    {ErrorCode::kNotLeaderOrFollower, "NOT_LEADER_OR_FOLLOWER",
     "For requests intended only for the leader, this error indicates that the broker is not the "
     "current leader. For requests intended for any replica, this error indicates that the broker "
     "is not a replica of the topic partition.",
     true},
    {ErrorCode::kRequestTimedOut, "REQUEST_TIMED_OUT", "The request timed out.", true},
    {ErrorCode::kBrokerNotAvailable, "BROKER_NOT_AVAILABLE", "The broker is not available.", false},
    {ErrorCode::kReplicaNotAvailable, "REPLICA_NOT_AVAILABLE",
     "The replica is not available for the requested topic-partition. Produce/Fetch requests and "
     "other requests intended only for the leader or follower return NOT_LEADER_OR_FOLLOWER if the "
     "broker is not a replica of the topic-partition.",
     true},
    {ErrorCode::kMessageTooLarge, "MESSAGE_TOO_LARGE",
     "The request included a message larger than the max message size the server will accept.",
     false},
    {ErrorCode::kStaleControllerEpoch, "STALE_CONTROLLER_EPOCH",
     "The controller moved to another broker.", false},
    {ErrorCode::kOffsetMetadataTooLarge, "OFFSET_METADATA_TOO_LARGE",
     "The metadata field of the offset request was too large.", false},
    {ErrorCode::kNetworkException, "NETWORK_EXCEPTION",
     "The server disconnected before a response was received.", true},
    {ErrorCode::kCoordinatorLoadInProgress, "COORDINATOR_LOAD_IN_PROGRESS",
     "The coordinator is loading and hence can't process requests.", true},
    {ErrorCode::kCoordinatorNotAvailable, "COORDINATOR_NOT_AVAILABLE",
     "The coordinator is not available.", true},
    {ErrorCode::kNotCoordinator, "NOT_COORDINATOR", "This is not the correct coordinator.", true},
    {ErrorCode::kInvalidTopicException, "INVALID_TOPIC_EXCEPTION",
     "The request attempted to perform an operation on an invalid topic.", false},
    {ErrorCode::kRecordListTooLarge, "RECORD_LIST_TOO_LARGE",
     "The request included message batch larger than the configured segment size on the server.",
     false},
    {ErrorCode::kNotEnoughReplicas, "NOT_ENOUGH_REPLICAS",
     "Messages are rejected since there are fewer in-sync replicas than required.", true},
    {ErrorCode::kNotEnoughReplicasAfterAppend, "NOT_ENOUGH_REPLICAS_AFTER_APPEND",
     "Messages are written to the log, but to fewer in-sync replicas than required.", true},
    {ErrorCode::kInvalidRequiredAcks, "INVALID_REQUIRED_ACKS",
     "Produce request specified an invalid value for required acks.", false},
    {ErrorCode::kIllegalGeneration, "ILLEGAL_GENERATION",
     "Specified group generation id is not valid.", false},
    {ErrorCode::kInconsistentGroupProtocol, "INCONSISTENT_GROUP_PROTOCOL",
     "The group member's supported protocols are incompatible with those of existing members or "
     "first group member tried to join with empty protocol type or empty protocol list.",
     false},
    {ErrorCode::kInvalidGroupId, "INVALID_GROUP_ID", "The configured groupId is invalid.", false},
    {ErrorCode::kUnknownMemberId, "UNKNOWN_MEMBER_ID",
     "The coordinator is not aware of this member.", false},
    {ErrorCode::kInvalidSessionTimeout, "INVALID_SESSION_TIMEOUT",
     "The session timeout is not within the range allowed by the broker (as configured by "
     "group.min.session.timeout.ms and group.max.session.timeout.ms).",
     false},
    {ErrorCode::kRebalanceInProgress, "REBALANCE_IN_PROGRESS",
     "The group is rebalancing, so a rejoin is needed.", false},
    {ErrorCode::kInvalidCommitOffsetSize, "INVALID_COMMIT_OFFSET_SIZE",
     "The committing offset data size is not valid.", false},
    {ErrorCode::kTopicAuthorizationFailed, "TOPIC_AUTHORIZATION_FAILED",
     "Topic authorization failed.", false},
    {ErrorCode::kGroupAuthorizationFailed, "GROUP_AUTHORIZATION_FAILED",
     "Group authorization failed.", false},
    {ErrorCode::kClusterAuthorizationFailed, "CLUSTER_AUTHORIZATION_FAILED",
     "Cluster authorization failed.", false},
    {ErrorCode::kInvalidTimestamp, "INVALID_TIMESTAMP",
     "The timestamp of the message is out of acceptable range.", false},
    {ErrorCode::kUnsupportedSaslMechanism, "UNSUPPORTED_SASL_MECHANISM",
     "The broker does not support the requested SASL mechanism.", false},
    {ErrorCode::kIllegalSaslState, "ILLEGAL_SASL_STATE",
     "Request is not valid given the current SASL state.", false},
    {ErrorCode::kUnsupportedVersion, "UNSUPPORTED_VERSION", "The version of API is not supported.",
     false},
    {ErrorCode::kTopicAlreadyExists, "TOPIC_ALREADY_EXISTS", "Topic with this name already exists.",
     false},
    {ErrorCode::kInvalidPartitions, "INVALID_PARTITIONS", "Number of partitions is below 1.",
     false},
    {ErrorCode::kInvalidReplicationFactor, "INVALID_REPLICATION_FACTOR",
     "Replication factor is below 1 or larger than the number of available brokers.", false},
    {ErrorCode::kInvalidReplicaAssignment, "INVALID_REPLICA_ASSIGNMENT",
     "Replica assignment is invalid.", false},
    {ErrorCode::kInvalidConfig, "INVALID_CONFIG", "Configuration is invalid.", false},
    {ErrorCode::kNotController, "NOT_CONTROLLER",
     "This is not the correct controller for this cluster.", true},
    {ErrorCode::kInvalidRequest, "INVALID_REQUEST",
     "This most likely occurs because of a request being malformed by the client library or the "
     "message was sent to an incompatible broker. See the broker logs for more details.",
     false},
    {ErrorCode::kUnsupportedForMessageFormat, "UNSUPPORTED_FOR_MESSAGE_FORMAT",
     "The message format version on the broker does not support the request.", false},
    {ErrorCode::kPolicyViolation, "POLICY_VIOLATION",
     "Request parameters do not satisfy the configured policy.", false},
    {ErrorCode::kOutOfOrderSequenceNumber, "OUT_OF_ORDER_SEQUENCE_NUMBER",
     "The broker received an out of order sequence number.", false},
    {ErrorCode::kDuplicateSequenceNumber, "DUPLICATE_SEQUENCE_NUMBER",
     "The broker received a duplicate sequence number.", false},
    {ErrorCode::kInvalidProducerEpoch, "INVALID_PRODUCER_EPOCH",
     "Producer attempted to produce with an old epoch.", false},
    {ErrorCode::kInvalidTxnState, "INVALID_TXN_STATE",
     "The producer attempted a transactional operation in an invalid state.", false},
    {ErrorCode::kInvalidProducerIdMapping, "INVALID_PRODUCER_ID_MAPPING",
     "The producer attempted to use a producer id which is not currently assigned to its "
     "transactional id.",
     false},
    {ErrorCode::kInvalidTransactionTimeout, "INVALID_TRANSACTION_TIMEOUT",
     "The transaction timeout is larger than the maximum value allowed by the broker (as "
     "configured by transaction.max.timeout.ms).",
     false},
    {ErrorCode::kConcurrentTransactions, "CONCURRENT_TRANSACTIONS",
     "The producer attempted to update a transaction while another concurrent operation on the "
     "same transaction was ongoing.",
     true},
    {ErrorCode::kTransactionCoordinatorFenced, "TRANSACTION_COORDINATOR_FENCED",
     "Indicates that the transaction coordinator sending a WriteTxnMarker is no longer the current "
     "coordinator for a given producer.",
     false},
    {ErrorCode::kTransactionalIdAuthorizationFailed, "TRANSACTIONAL_ID_AUTHORIZATION_FAILED",
     "Transactional Id authorization failed.", false},
    {ErrorCode::kSecurityDisabled, "SECURITY_DISABLED", "Security features are disabled.", false},
    {ErrorCode::kOperationNotAttempted, "OPERATION_NOT_ATTEMPTED",
     "The broker did not attempt to execute this operation. This may happen for batched RPCs where "
     "some operations in the batch failed, causing the broker to respond without trying the rest.",
     false},
    {ErrorCode::kKafkaStorageError, "KAFKA_STORAGE_ERROR",
     "Disk error when trying to access log file on the disk.", true},
    {ErrorCode::kLogDirNotFound, "LOG_DIR_NOT_FOUND",
     "The user-specified log directory is not found in the broker config.", false},
    {ErrorCode::kSaslAuthenticationFailed, "SASL_AUTHENTICATION_FAILED",
     "SASL Authentication failed.", false},
    {ErrorCode::kUnknownProducerId, "UNKNOWN_PRODUCER_ID",
     "This exception is raised by the broker if it could not locate the producer metadata "
     "associated with the producerId in question. This could happen if, for instance, the "
     "producer's records were deleted because their retention time had elapsed. Once the last "
     "records of the producerId are removed, the producer's metadata is removed from the broker, "
     "and future appends by the producer will return this exception.",
     false},
    {ErrorCode::kReassignmentInProgress, "REASSIGNMENT_IN_PROGRESS",
     "A partition reassignment is in progress.", false},
    {ErrorCode::kDelegationTokenAuthDisabled, "DELEGATION_TOKEN_AUTH_DISABLED",
     "Delegation Token feature is not enabled.", false},
    {ErrorCode::kDelegationTokenNotFound, "DELEGATION_TOKEN_NOT_FOUND",
     "Delegation Token is not found on server.", false},
    {ErrorCode::kDelegationTokenOwnerMismatch, "DELEGATION_TOKEN_OWNER_MISMATCH",
     "Specified Principal is not valid Owner/Renewer.", false},
    {ErrorCode::kDelegationTokenRequestNotAllowed, "DELEGATION_TOKEN_REQUEST_NOT_ALLOWED",
     "Delegation Token requests are not allowed on PLAINTEXT/1-way SSL channels and on delegation "
     "token authenticated channels.",
     false},
    {ErrorCode::kDelegationTokenAuthorizationFailed, "DELEGATION_TOKEN_AUTHORIZATION_FAILED",
     "Delegation Token authorization failed.", false},
    {ErrorCode::kDelegationTokenExpired, "DELEGATION_TOKEN_EXPIRED", "Delegation Token is expired.",
     false},
    {ErrorCode::kInvalidPrincipalType, "INVALID_PRINCIPAL_TYPE",
     "Supplied principalType is not supported.", false},
    {ErrorCode::kNonEmptyGroup, "NON_EMPTY_GROUP", "The group is not empty.", false},
    {ErrorCode::kGroupIdNotFound, "GROUP_ID_NOT_FOUND", "The group id does not exist.", false},
    {ErrorCode::kFetchSessionIdNotFound, "FETCH_SESSION_ID_NOT_FOUND",
     "The fetch session ID was not found.", true},
    {ErrorCode::kInvalidFetchSessionEpoch, "INVALID_FETCH_SESSION_EPOCH",
     "The fetch session epoch is invalid.", true},
    {ErrorCode::kListenerNotFound, "LISTENER_NOT_FOUND",
     "There is no listener on the leader broker that matches the listener on which metadata "
     "request was processed.",
     true},
    {ErrorCode::kTopicDeletionDisabled, "TOPIC_DELETION_DISABLED", "Topic deletion is disabled.",
     false},
    {ErrorCode::kFencedLeaderEpoch, "FENCED_LEADER_EPOCH",
     "The leader epoch in the request is older than the epoch on the broker.", true},
    {ErrorCode::kUnknownLeaderEpoch, "UNKNOWN_LEADER_EPOCH",
     "The leader epoch in the request is newer than the epoch on the broker.", true},
    {ErrorCode::kUnsupportedCompressionType, "UNSUPPORTED_COMPRESSION_TYPE",
     "The requesting client does not support the compression type of given partition.", false},
    {ErrorCode::kStaleBrokerEpoch, "STALE_BROKER_EPOCH", "Broker epoch has changed.", false},
    {ErrorCode::kOffsetNotAvailable, "OFFSET_NOT_AVAILABLE",
     "The leader high watermark has not caught up from a recent leader election so the offsets "
     "cannot be guaranteed to be monotonically increasing.",
     true},
    {ErrorCode::kMemberIdRequired, "MEMBER_ID_REQUIRED",
     "The group member needs to have a valid member id before actually entering a consumer group.",
     false},
    {ErrorCode::kPreferredLeaderNotAvailable, "PREFERRED_LEADER_NOT_AVAILABLE",
     "The preferred leader was not available.", true},
    {ErrorCode::kGroupMaxSizeReached, "GROUP_MAX_SIZE_REACHED",
     "The consumer group has reached its max size.", false},
    {ErrorCode::kFencedInstanceId, "FENCED_INSTANCE_ID",
     "The broker rejected this static consumer since another consumer with the same "
     "group.instance.id has registered with a different member.id.",
     false},
    {ErrorCode::kEligibleLeadersNotAvailable, "ELIGIBLE_LEADERS_NOT_AVAILABLE",
     "Eligible topic partition leaders are not available.", true},
    {ErrorCode::kElectionNotNeeded, "ELECTION_NOT_NEEDED",
     "Leader election not needed for topic partition.", true},
    {ErrorCode::kNoReassignmentInProgress, "NO_REASSIGNMENT_IN_PROGRESS",
     "No partition reassignment is in progress.", false},
    {ErrorCode::kGroupSubscribedToTopic, "GROUP_SUBSCRIBED_TO_TOPIC",
     "Deleting offsets of a topic is forbidden while the consumer group is actively subscribed to "
     "it.",
     false},
    {ErrorCode::kInvalidRecord, "INVALID_RECORD",
     "This record has failed the validation on broker and hence will be rejected.", false},
    {ErrorCode::kUnstableOffsetCommit, "UNSTABLE_OFFSET_COMMIT",
     "There are unstable offsets that need to be cleared.", true},
    {ErrorCode::kThrottlingQuotaExceeded, "THROTTLING_QUOTA_EXCEEDED",
     "The throttling quota has been exceeded.", true},
    {ErrorCode::kProducerFenced, "PRODUCER_FENCED",
     "There is a newer producer with the same transactionalId which fences the current one.",
     false},
    {ErrorCode::kResourceNotFound, "RESOURCE_NOT_FOUND",
     "A request illegally referred to a resource that does not exist.", false},
    {ErrorCode::kDuplicateResource, "DUPLICATE_RESOURCE",
     "A request illegally referred to the same resource twice.", false},
    {ErrorCode::kUnacceptableCredential, "UNACCEPTABLE_CREDENTIAL",
     "Requested credential would not meet criteria for acceptability.", false},
    {ErrorCode::kInconsistentVoterSet, "INCONSISTENT_VOTER_SET",
     "Indicates that the either the sender or recipient of a voter-only request is not one of the "
     "expected voters.",
     false},
    {ErrorCode::kInvalidUpdateVersion, "INVALID_UPDATE_VERSION",
     "The given update version was invalid.", false},
    {ErrorCode::kFeatureUpdateFailed, "FEATURE_UPDATE_FAILED",
     "Unable to update finalized features due to an unexpected server error.", false},
    {ErrorCode::kPrincipalDeserializationFailure, "PRINCIPAL_DESERIALIZATION_FAILURE",
     "Request principal deserialization failed during forwarding. This indicates an internal error "
     "on the broker cluster security setup.",
     false},
    {ErrorCode::kSnapshotNotFound, "SNAPSHOT_NOT_FOUND", "Requested snapshot was not found.",
     false},
    {ErrorCode::kPositionOutOfRange, "POSITION_OUT_OF_RANGE",
     "Requested position is not greater than or equal to zero, and less than the size of the "
     "snapshot.",
     false},
    {ErrorCode::kUnknownTopicId, "UNKNOWN_TOPIC_ID", "This server does not host this topic ID.",
     true},
    {ErrorCode::kDuplicateBrokerRegistration, "DUPLICATE_BROKER_REGISTRATION",
     "This broker ID is already in use.", false},
    {ErrorCode::kBrokerIdNotRegistered, "BROKER_ID_NOT_REGISTERED",
     "The given broker ID was not registered.", false},
    {ErrorCode::kInconsistentTopicId, "INCONSISTENT_TOPIC_ID",
     "The log's topic ID did not match the topic ID in the request.", true},
    {ErrorCode::kInconsistentClusterId, "INCONSISTENT_CLUSTER_ID",
     "The clusterId in the request does not match that found on the server.", false},
    {ErrorCode::kTransactionalIdNotFound, "TRANSACTIONAL_ID_NOT_FOUND",
     "The transactionalId could not be found.", false},
    {ErrorCode::kFetchSessionTopicIdError, "FETCH_SESSION_TOPIC_ID_ERROR",
     "The fetch session encountered inconsistent topic ID usage.", true},
    {ErrorCode::kIneligibleReplica, "INELIGIBLE_REPLICA",
     "The new ISR contains at least one ineligible replica.", false},
    {ErrorCode::kNewLeaderElected, "NEW_LEADER_ELECTED",
     "The AlterPartition request successfully updated the partition state but the leader has "
     "changed.",
     false},
    {ErrorCode::kOffsetMovedToTieredStorage, "OFFSET_MOVED_TO_TIERED_STORAGE",
     "The requested offset is moved to tiered storage.", false},
    {ErrorCode::kFencedMemberEpoch, "FENCED_MEMBER_EPOCH",
     "The member epoch is fenced by the group coordinator. The member must abandon all its "
     "partitions and rejoin.",
     false},
    {ErrorCode::kUnreleasedInstanceId, "UNRELEASED_INSTANCE_ID",
     "The instance ID is still used by another member in the consumer group. That member must "
     "leave first.",
     false},
    {ErrorCode::kUnsupportedAssignor, "UNSUPPORTED_ASSIGNOR",
     "The assignor or its version range is not supported by the consumer group.", false},
    {ErrorCode::kStaleMemberEpoch, "STALE_MEMBER_EPOCH",
     "The member epoch is stale. The member must retry after receiving its updated member epoch "
     "via the ConsumerGroupHeartbeat API.",
     false},
    {ErrorCode::kMismatchedEndpointType, "MISMATCHED_ENDPOINT_TYPE",
     "The request was sent to an endpoint of the wrong type.", false},
    {ErrorCode::kUnsupportedEndpointType, "UNSUPPORTED_ENDPOINT_TYPE",
     "This endpoint type is not supported yet.", false},
    {ErrorCode::kUnknownControllerId, "UNKNOWN_CONTROLLER_ID", "This controller ID is not known.",
     false},
    {ErrorCode::kUnknownSubscriptionId, "UNKNOWN_SUBSCRIPTION_ID",
     "Client sent a push telemetry request with an invalid or outdated subscription ID.", false},
    {ErrorCode::kTelemetryTooLarge, "TELEMETRY_TOO_LARGE",
     "Client sent a push telemetry request larger than the maximum size the broker will accept.",
     false},
    {ErrorCode::kInvalidRegistration, "INVALID_REGISTRATION",
     "The controller has considered the broker registration to be invalid.", false},
    {ErrorCode::kTransactionAbortable, "TRANSACTION_ABORTABLE",
     "The server encountered an error with the transaction. The client can abort the transaction "
     "to continue using this transactional ID.",
     false},
    {ErrorCode::kInvalidRecordState, "INVALID_RECORD_STATE",
     "The record state is invalid. The acknowledgement of delivery could not be completed.", false},
    {ErrorCode::kShareSessionNotFound, "SHARE_SESSION_NOT_FOUND",
     "The share session was not found.", true},
    {ErrorCode::kInvalidShareSessionEpoch, "INVALID_SHARE_SESSION_EPOCH",
     "The share session epoch is invalid.", true},
    {ErrorCode::kFencedStateEpoch, "FENCED_STATE_EPOCH",
     "The share coordinator rejected the request because the share-group state epoch did not "
     "match.",
     false},
    {ErrorCode::kInvalidVoterKey, "INVALID_VOTER_KEY",
     "The voter key doesn't match the receiving replica's key.", false},
    {ErrorCode::kDuplicateVoter, "DUPLICATE_VOTER",
     "The voter is already part of the set of voters.", false},
    {ErrorCode::kVoterNotFound, "VOTER_NOT_FOUND", "The voter is not part of the set of voters.",
     false},
};

const Row* find(ErrorCode code) {
  for (const auto& row : kRows) {
    if (row.code == code) return &row;
  }
  return nullptr;
}

}  // namespace

std::string_view name(ErrorCode code) {
  const auto* row = find(code);
  return row ? row->name : "UNKNOWN";
}

std::string_view message(ErrorCode code) {
  const auto* row = find(code);
  return row ? row->message : "";
}

bool is_retriable(ErrorCode code) {
  const auto* row = find(code);
  return row && row->retriable;
}

}  // namespace barnabas
