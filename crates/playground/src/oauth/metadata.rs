//! What the server says about itself, RFC 8414.

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use crate::Playground;
use crate::scopes::Scope;

/// `GET /playground/.well-known/oauth-authorization-server`
pub(crate) async fn show(State(playground): State<Playground>) -> Json<Value> {
    let issuer = playground.issuer();
    let secret_ways = ["client_secret_basic", "client_secret_post"];
    Json(json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/oauth/authorize"),
        "token_endpoint": format!("{issuer}/oauth/token"),
        "revocation_endpoint": format!("{issuer}/oauth/revoke"),
        "registration_endpoint": format!("{issuer}/oauth/register"),
        "scopes_supported": Scope::ALL.map(Scope::name),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "token_endpoint_auth_methods_supported": secret_ways,
        "revocation_endpoint_auth_methods_supported": secret_ways,
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": true,
    }))
}
