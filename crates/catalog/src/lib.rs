//! Connectors as data: loading, checking and building requests; pure.
//!
//! A connector is a folder of YAML. [`Catalog`] reads such folders, checks them
//! to the last placeholder, and hands out [`Connector`]s and [`Action`]s. The
//! functions of [`auth`], [`request`] and [`response`] turn them into requests
//! and turn answers into meaning; somebody else does the sending.

pub mod access;
pub mod action;
pub mod auth;
pub mod catalog;
pub mod connector;
pub mod custom;
pub mod fault;
pub mod lint;
pub mod load;
pub mod option;
pub mod paginate;
pub mod paginator;
pub mod request;
pub mod response;
pub mod summary;
pub mod template;
pub mod trigger;
pub mod view;

mod compile;
mod encode;
mod httprequest;
mod lines;
mod path;
mod sign;
mod source;

pub use access::{Access, Credential, Moment, OAuthClient};
pub use action::Action;
pub use auth::device::{
    DeviceAnswer, DeviceCode, device_request, read_device_answer, read_device_code,
};
pub use auth::discovery::{
    MetadataFault, ResourceMetadata, ServerMetadata, challenged_url, discovery_url, open_request,
    read_resource_metadata, read_server_metadata, resource_metadata_urls, server_metadata_urls,
};
pub use auth::exchange::{ExchangeStep, Steps, exchange_request, keep_step, renewal_request};
pub use auth::host::token_host;
pub use auth::keys::{Verification, check_key_credentials, read_verification};
pub use auth::oauth1::{
    RequestToken, access_token_request, consent_url, read_access_token, read_request_token,
    request_token_request,
};
pub use auth::oauth2::{
    AuthorizationRequest, Grant, TokenHint, authorization_url, revocation_request, scopes_for,
    token_request,
};
pub use auth::probe::{probe_request, read_fields, read_identifier};
pub use auth::registration::{
    RegisteredClient, Registration, read_registration, registration_request, registration_url,
};
pub use auth::token::{
    TokenAnswer, TokenFault, TokenFaultKind, read_moment, read_scopes, read_token_answer,
    redirect_fields,
};
pub use auth::{
    auth_structure, check_developer_fields, check_fields, developer_fields, input_fields_for,
};
pub use catalog::Catalog;
pub use connector::{AuthType, Connector, Field, Fields, GivenBy, Instance};
pub use fault::{BuildFault, InputFault, LoadError, LoadErrors};
pub use option::{AuthOption, ClientAuth, GrantType, Method, OAuth2};
pub use paginate::{PageChange, PageEnd, Pages};
pub use paginator::Paginator;
pub use request::{action_request, proxy_request, set_idempotency_key, signs_body};
pub use response::{FailureClass, Outcome, RetryAfter, classify, mapped};
pub use summary::Summary;
pub use view::InputFieldView;
