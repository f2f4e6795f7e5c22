//! Before every call of the Console: who is it, and does the role hold the route's
//! permission? A path without a row in the route table is refused.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use trunnel_core::{Recognised, is_csrf_token};
use trunnel_model::fault::{Fault, FaultCode};

use super::nested::PublicApi;
use super::{caller, cookie};
use crate::app::Server;
use crate::problem::{self, Problem};
use crate::routes::{Access, RouteInfo};

/// What the guard works with.
#[derive(Clone)]
pub(crate) struct Guard {
    server: Server,
    rows: Arc<HashMap<(&'static str, &'static str), Access>>,
    public: PublicApi,
}

impl Guard {
    pub(crate) fn new(server: Server, table: &[RouteInfo], public: Router) -> Self {
        let row = |row: &RouteInfo| ((row.method, row.path), row.access);
        Self {
            server,
            rows: Arc::new(table.iter().map(row).collect()),
            public: PublicApi(public),
        }
    }

    fn access(&self, method: &Method, path: &str) -> Option<Access> {
        let method = match method.as_str() {
            // Served by the same handler.
            "HEAD" => "GET",
            method => method,
        };
        let rows: &HashMap<(&str, &str), Access> = &self.rows;
        rows.get(&(method, path)).copied()
    }
}

pub(crate) async fn guard(
    State(guard): State<Guard>,
    mut request: Request,
    next: Next,
) -> Response {
    let path = request.extensions().get::<MatchedPath>();
    let access = path.and_then(|path| guard.access(request.method(), path.as_str()));
    let Some(access) = access else {
        return problem::no_such_method(request.method()).into_response();
    };
    let address = caller::address(request.extensions());
    let admitted = admit(&guard, access, request.method(), request.headers(), address);
    match admitted.await {
        Err(problem) => problem.into_response(),
        Ok(None) => next.run(request).await,
        Ok(Some(recognised)) => {
            let extensions = request.extensions_mut();
            if access == Access::Nested {
                extensions.insert(guard.public.clone());
            }
            extensions.insert(caller::Caller(Arc::new(recognised)));
            next.run(request).await
        }
    }
}

/// Who is let in; nobody in particular on a route for anyone.
async fn admit(
    guard: &Guard,
    access: Access,
    method: &Method,
    headers: &HeaderMap,
    address: Option<String>,
) -> Result<Option<Recognised>, Problem> {
    let changes = !method.is_safe();
    if changes {
        check_site(headers)?;
    }
    if access == Access::Public {
        return Ok(None);
    }
    let token = cookie::read(headers).unwrap_or_default();
    let recognised = guard.server.core.verify_member(&token, address).await?;
    if changes {
        check_csrf(headers, &token)?;
    }
    if recognised.two_factor_due() && access != Access::Entering {
        return Err(two_factor_setup_required().into());
    }
    match access {
        Access::Member(permission) => recognised.ctx.check(permission)?,
        Access::SignedIn | Access::Entering | Access::Nested => {}
        // Not of the Console; it has no row here.
        _ => return Err(refused("This route is not one of the Console's.").into()),
    }
    Ok(Some(recognised))
}

/// Browsers say when another site's page is behind a request.
fn check_site(headers: &HeaderMap) -> Result<(), Fault> {
    let site = headers.get("sec-fetch-site");
    let site = site.and_then(|value| value.to_str().ok());
    match site {
        None | Some("same-origin" | "none") => Ok(()),
        Some(_) => Err(refused("Another site's page may not call the Console.")),
    }
}

fn check_csrf(headers: &HeaderMap, token: &str) -> Result<(), Fault> {
    let presented = headers.get("x-csrf-token");
    let presented = presented.and_then(|value| value.to_str().ok());
    if presented.is_some_and(|presented| is_csrf_token(token, presented)) {
        return Ok(());
    }
    Err(Fault::new(
        403,
        FaultCode::CsrfTokenInvalid,
        "A call that changes something needs the header `x-csrf-token` with the session's \
         `csrf_token`. Load the page again.",
    ))
}

fn two_factor_setup_required() -> Fault {
    Fault::new(
        403,
        FaultCode::TwoFactorSetupRequired,
        "Your organization asks for two-factor authentication. Set an authenticator up in your \
         profile first.",
    )
}

fn refused(message: &str) -> Fault {
    Fault::new(403, FaultCode::Forbidden, message)
}
