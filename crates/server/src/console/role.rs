//! The permission matrix, as it is enforced.

use axum::Json;
use serde_json::{Value, json};
use trunnel_model::role::{Permission, Role};

use crate::routes::{Access, Routes};

pub(crate) fn routes() -> Routes {
    Routes::default().get(
        Access::Member(Permission::MembersRead),
        "/console/api/role",
        list,
    )
}

async fn list() -> Json<Value> {
    let role = |role: &Role| {
        let permissions: Vec<_> = role.permissions().map(Permission::as_str).collect();
        json!({
            "role": role.as_str(),
            "label": role.label(),
            "description": role.description(),
            "permissions": permissions,
        })
    };
    let permission = |permission: &Permission| {
        json!({
            "permission": permission.as_str(),
            "group": permission.group(),
            "label": permission.label(),
        })
    };
    Json(json!({
        "roles": Role::ALL.iter().map(role).collect::<Vec<_>>(),
        "permissions": Permission::ALL.iter().map(permission).collect::<Vec<_>>(),
    }))
}
