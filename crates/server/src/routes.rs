//! A router that remembers its routes and who may call each.

use axum::Router;
use axum::handler::Handler;
use axum::routing::{self, MethodRouter};

use trunnel_model::role::Permission;

use crate::app::Server;

/// Who may call a route. The handler's extractor is what enforces it; this says it
/// aloud, and a test holds the two together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Anyone.
    Public,
    /// The environment's API key.
    Developer,
    /// The API key with an account's id beside it, or that account's session token.
    Account,
    /// The API key, or a session token for the token's own account.
    DeveloperOrSession,
    /// A session token only.
    Session,
    /// A signed-in member whose role holds this.
    Member(Permission),
    /// A signed-in member, whatever the role.
    SignedIn,
    /// The same, even one who lacks the authenticator that the policy asks for.
    Entering,
    /// A signed-in member whose role holds what the public route behind it asks for.
    Nested,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RouteInfo {
    pub method: &'static str,
    pub path: &'static str,
    pub access: Access,
}

/// Routes under construction.
#[derive(Default)]
pub(crate) struct Routes {
    pub(crate) router: Router<Server>,
    pub(crate) table: Vec<RouteInfo>,
}

macro_rules! methods {
    ($($name:ident = $wire:literal;)+) => {$(
        pub(crate) fn $name<H, T>(self, access: Access, path: &'static str, handler: H) -> Self
        where
            H: Handler<T, Server>,
            T: 'static,
        {
            self.add($wire, access, path, routing::$name(handler))
        }
    )+};
}

impl Routes {
    methods! {
        get = "GET";
        post = "POST";
        put = "PUT";
        patch = "PATCH";
        delete = "DELETE";
    }

    fn add(
        mut self,
        method: &'static str,
        access: Access,
        path: &'static str,
        handler: MethodRouter<Server>,
    ) -> Self {
        self.table.push(RouteInfo {
            method,
            path,
            access,
        });
        self.router = self.router.route(path, handler);
        self
    }

    pub(crate) fn merge(mut self, other: Self) -> Self {
        self.table.extend(other.table);
        self.router = self.router.merge(other.router);
        self
    }
}
