//! Connectors as data: loading, checking and building requests; pure.
//!
//! A connector is a folder of YAML. [`Catalog`] reads such folders, checks them
//! to the last placeholder, and hands out [`Connector`]s and [`Action`]s. The
//! functions of [`auth`], [`request`] and [`response`] turn them into requests
//! and turn answers into meaning; somebody else does the sending.

pub mod action;
pub mod auth;
pub mod catalog;
pub mod connector;
pub mod fault;
pub mod lint;
pub mod load;
pub mod request;
pub mod response;
pub mod template;
pub mod view;

mod compile;
mod encode;
mod httprequest;
mod lines;
mod path;
mod source;

pub use action::Action;
pub use auth::keys::{check_key_credentials, read_verification, verify_request};
pub use auth::oauth2::{
    AuthorizationRequest, Grant, TokenHint, authorization_url, revocation_request, scopes_for,
    token_request,
};
pub use auth::probe::{identity_request, read_fields, read_identifier};
pub use auth::token::{
    TokenAnswer, TokenFault, TokenFaultKind, read_token_answer, redirect_fields,
};
pub use auth::{auth_structure, check_fields, input_fields_for};
pub use catalog::Catalog;
pub use connector::{
    AuthType, Connector, Credential, Field, Fields, Instance, KeyBased, OAuth2, OAuthClient,
};
pub use fault::{BuildFault, InputFault, LoadError, LoadErrors};
pub use request::{action_request, set_idempotency_key};
pub use response::{FailureClass, Outcome, RetryAfter, classify};
pub use view::InputFieldView;
