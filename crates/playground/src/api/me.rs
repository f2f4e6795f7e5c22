//! Who the caller is.

use axum::Json;
use serde_json::{Value, json};

use super::auth::Caller;
use crate::scopes::Scope;

/// `GET /playground/api/me`: every token may ask for whom it acts; the name is the
/// profile's.
pub(crate) async fn show(caller: Caller) -> Json<Value> {
    let email = caller.user();
    let mut me = json!({"email": email});
    if caller.may(Scope::Profile) {
        // Nobody tells the Playground their name, so it makes one of the address.
        me["name"] = email.split('@').next().into();
    }
    Json(me)
}
