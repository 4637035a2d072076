// InitProducerId 0-5. v3: producer id and epoch to bump (KIP-360). Only idempotent producers (no
// transactional id) are served; the others are told that there is no coordinator.
#include "broker/api/handlers.h"

namespace barnabas::broker::api {

protocol::InitProducerIdResponse handle_init_producer_id(Services& services, const RequestContext&,
                                                         protocol::InitProducerIdRequest request) {
  protocol::InitProducerIdResponse response;
  response.producer_id = kNoProducerId;
  response.producer_epoch = kNoProducerEpoch;
  const bool id_given = request.producer_id != kNoProducerId;
  const bool epoch_given = request.producer_epoch != kNoProducerEpoch;
  if (id_given != epoch_given) {
    response.error_code = ErrorCode::kInvalidRequest;
  } else if (request.transactional_id && request.transactional_id->empty()) {
    response.error_code = ErrorCode::kInvalidRequest;
  } else if (request.transactional_id) {
    response.error_code = ErrorCode::kCoordinatorNotAvailable;
  } else if (const auto id = services.producer_ids.generate()) {
    response.producer_id = *id;
    response.producer_epoch = ProducerEpoch{0};
  } else {
    response.error_code = id.error();
  }
  return response;
}

}  // namespace barnabas::broker::api
