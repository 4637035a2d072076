// SaslHandshake 0-1, SaslAuthenticate 0-2, on a connection that needs no authentication or has it
// behind it: 3.9 advertises both on every listener and refuses both there.
#include "broker/api/handlers.h"

namespace barnabas::broker::api {

protocol::SaslHandshakeResponse handle_sasl_handshake(Services&, const RequestContext&,
                                                      protocol::SaslHandshakeRequest) {
  protocol::SaslHandshakeResponse response;
  response.error_code = ErrorCode::kIllegalSaslState;
  return response;
}

protocol::SaslAuthenticateResponse handle_sasl_authenticate(Services&, const RequestContext&,
                                                            protocol::SaslAuthenticateRequest) {
  protocol::SaslAuthenticateResponse response;
  response.error_code = ErrorCode::kIllegalSaslState;
  response.error_message = "SaslAuthenticate request received after successful authentication";
  return response;
}

}  // namespace barnabas::broker::api
