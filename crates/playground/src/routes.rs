//! Every route, once: the list and the router are the same text.

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use axum::routing::{MethodFilter, on};

use crate::{Playground, api, faults, keys, oauth, pages};

/// No request of this provider has reason to be larger.
const BODY_LIMIT: usize = 64 * 1024;

macro_rules! routes {
    ($($group:ident { $($method:ident $path:literal => $handler:path;)+ })+) => {
        /// Method and path of every route. Those of the fault switches are there
        /// only when the Playground was made with `faults`.
        pub const ROUTES: &[(&str, &str)] = &[$($((stringify!($method), $path)),+),+];
        $(fn $group() -> Router<Playground> {
            Router::new()$(.route($path, on(MethodFilter::$method, $handler)))+
        })+
    };
}

routes! {
    provider_routes {
        GET "/playground/style.css" => pages::style;
        GET "/playground/.well-known/oauth-authorization-server" => oauth::metadata::show;
        GET "/playground/oauth/authorize" => oauth::authorize::ask;
        POST "/playground/oauth/authorize" => oauth::authorize::log_in;
        POST "/playground/oauth/consent" => oauth::consent::decide;
        POST "/playground/oauth/token" => oauth::token::token;
        POST "/playground/oauth/revoke" => oauth::revoke::revoke;
        POST "/playground/oauth/register" => oauth::register::register;
        GET "/playground/api-keys" => keys::page;
        POST "/playground/api-keys" => keys::create;
        DELETE "/playground/api-keys" => keys::revoke;
    }
    api_routes {
        GET "/playground/api/me" => api::me::show;
        GET "/playground/api/contacts" => api::contacts::list;
        POST "/playground/api/contacts" => api::contacts::create;
        GET "/playground/api/contacts/{id}" => api::contacts::show;
        PATCH "/playground/api/contacts/{id}" => api::contacts::update;
        DELETE "/playground/api/contacts/{id}" => api::contacts::delete;
    }
    fault_routes {
        GET "/playground/faults" => faults::http::show;
        PUT "/playground/faults" => faults::http::set;
        DELETE "/playground/faults" => faults::http::reset;
        POST "/playground/faults/revoke" => faults::http::revoke;
    }
}

/// Serves the Playground. Without `faults` the switches are not even routes, so
/// their paths answer as any unknown path does.
pub fn router(playground: Playground) -> Router {
    let routes = if playground.faults().is_some() {
        let interfere = from_fn_with_state(playground.clone(), faults::http::interfere);
        provider_routes()
            .merge(api_routes().route_layer(interfere))
            .merge(fault_routes())
    } else {
        provider_routes().merge(api_routes())
    };
    routes
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .with_state(playground)
}
