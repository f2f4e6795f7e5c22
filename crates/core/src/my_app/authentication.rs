//! How customers are authenticated at the developer's API, per environment.

use std::sync::Arc;

use http::Method;
use serde_json::{Map, Value, json};
use trunnel_model::audit::AuditAction;
use trunnel_model::fault::Fault;
use trunnel_model::scope::Scope;
use trunnel_model::time::Timestamp;
use trunnel_store::sealed::Place;
use trunnel_store::{audit, my_app};

use super::form::{Entries, Members, RequestForm, script};
use super::template::{Reference, Root};
use super::url::UrlTemplate;
use crate::Core;
use crate::ctx::Ctx;
use crate::error::Error;

/// The longest definition, as JSON.
const LONGEST: usize = 256 * 1024;

/// The longest that a token is kept, in seconds: a month.
const LONGEST_CACHE_S: u64 = 30 * 24 * 3600;

const SETUP: &str = "setup_auth";
const INJECTIONS: &str = "token_injections";

/// As the developer has written it.
#[derive(Debug, Clone)]
pub struct AuthenticationView {
    pub setup_auth: Value,
    pub token_injections: Value,
    /// Nothing before the first change.
    pub updated_at: Option<Timestamp>,
}

/// The same, checked.
#[derive(Debug)]
pub(crate) struct Authentication {
    pub(super) version: i64,
    pub(super) setup: Option<Setup>,
    pub(crate) injections: Entries,
}

/// The exchange.
#[derive(Debug)]
pub(super) struct Setup {
    pub(super) request: RequestForm,
    pub(super) script: Option<String>,
    pub(super) cache_s: u64,
}

impl Core {
    pub async fn my_app_authentication(&self, ctx: &Ctx) -> Result<AuthenticationView, Error> {
        let stored = self.stored_authentication(&ctx.scope).await?;
        let (definition, _, updated_at) = stored.unwrap_or_else(|| (Map::new(), 0, None));
        Ok(view(&definition, updated_at))
    }

    /// Replaces it as a whole.
    pub async fn set_my_app_authentication(
        &self,
        ctx: &Ctx,
        definition: Map<String, Value>,
    ) -> Result<AuthenticationView, Error> {
        read(&definition, 0)?;
        let text = Value::Object(definition.clone()).to_string();
        if text.len() > LONGEST {
            return Err(Fault::field(SETUP, "the definition has at most 256 KiB").into());
        }
        let now = self.now();
        let sealer = self.vault().sealer(&ctx.scope).await?;
        let sealed = sealer.seal(Place::MyAppAuthentication, my_app::NAME, &text);
        let action = AuditAction::MyAppAuthenticationUpdated;
        let entry = ctx.audit(action, "my_app", now, self.chance());
        let scope = ctx.scope.clone();
        self.db()
            .write(move |tx| {
                Box::pin(async move {
                    my_app::put(tx, &scope, &sealed, now).await?;
                    audit::add(tx, &scope, &entry).await?;
                    Ok::<_, Error>(())
                })
            })
            .await?;
        Ok(view(&definition, Some(now)))
    }

    pub(crate) async fn authentication(&self, scope: &Scope) -> Result<Arc<Authentication>, Error> {
        let stored = self.stored_authentication(scope).await?;
        let (definition, version, _) = stored.unwrap_or_else(|| (Map::new(), 0, None));
        let read = read(&definition, version);
        Ok(Arc::new(read.map_err(|fault| {
            Error::Internal(format!("stored authentication: {}", fault.message))
        })?))
    }

    async fn stored_authentication(
        &self,
        scope: &Scope,
    ) -> Result<Option<(Map<String, Value>, i64, Option<Timestamp>)>, Error> {
        let Some(stored) = my_app::find(self.db(), scope).await? else {
            return Ok(None);
        };
        let place = Place::MyAppAuthentication;
        let opened = self
            .vault()
            .open(scope, place, my_app::NAME, &stored.sealed);
        let definition = serde_json::from_str(opened.await?.expose())
            .map_err(|error| Error::Internal(format!("stored authentication: {error}")))?;
        Ok(Some((definition, stored.version, Some(stored.updated_at))))
    }
}

fn view(definition: &Map<String, Value>, updated_at: Option<Timestamp>) -> AuthenticationView {
    let injections = definition.get(INJECTIONS).filter(|value| !value.is_null());
    AuthenticationView {
        setup_auth: definition.get(SETUP).cloned().unwrap_or(Value::Null),
        token_injections: injections
            .cloned()
            .unwrap_or_else(|| json!({ "query": {}, "headers": {}, "body": {} })),
        updated_at,
    }
}

fn read(definition: &Map<String, Value>, version: i64) -> Result<Authentication, Fault> {
    let top = Members {
        object: definition,
        at: "",
    };
    top.only(&[SETUP, INJECTIONS])?;
    let setup = top.members(SETUP)?.map(read_setup).transpose()?;
    let injections = match top.members(INJECTIONS)? {
        None => Entries::default(),
        Some(object) => {
            let members = Members {
                object,
                at: INJECTIONS,
            };
            members.only(&["query", "headers", "body"])?;
            let entries = Entries::read(&members)?;
            if !entries.is_object_or_absent() {
                return Err(members.fault("body", "must be an object"));
            }
            entries
        }
    };
    for reference in injections.references() {
        if reference.root == Root::Response && setup.is_none() {
            return Err(misplaced(
                INJECTIONS,
                reference,
                "has no value without `setup_auth`",
            ));
        }
        no_input(INJECTIONS, reference)?;
    }
    Ok(Authentication {
        version,
        setup,
        injections,
    })
}

fn read_setup(object: &Map<String, Value>) -> Result<Setup, Fault> {
    let members = Members { object, at: SETUP };
    members.only(&[
        "method",
        "url",
        "query",
        "headers",
        "body",
        "body_type",
        "pre_auth_script",
        "cache_seconds",
    ])?;
    let url = UrlTemplate::parse(members.required("url")?);
    let url = url.map_err(|problem| members.fault("url", problem))?;
    let request = RequestForm::read(&members, url, &Method::POST)?;
    for reference in request.references() {
        if reference.root == Root::Response {
            return Err(misplaced(
                SETUP,
                reference,
                "is what this request is to bring",
            ));
        }
        no_input(SETUP, reference)?;
    }
    let cache_s = match members.value("cache_seconds") {
        None => 0,
        Some(value) => value
            .as_u64()
            .filter(|seconds| *seconds <= LONGEST_CACHE_S)
            .ok_or_else(|| {
                let problem = format!("must be a whole number from 0 to {LONGEST_CACHE_S}");
                members.fault("cache_seconds", problem)
            })?,
    };
    Ok(Setup {
        request,
        script: script(&members, "pre_auth_script")?,
        cache_s,
    })
}

fn no_input(at: &str, reference: &Reference) -> Result<(), Fault> {
    if reference.root == Root::Input {
        return Err(misplaced(at, reference, "is known to API proxies only"));
    }
    Ok(())
}

fn misplaced(at: &str, reference: &Reference, problem: &str) -> Fault {
    Fault::field(at, format!("`{at}`: `{{{{{reference}}}}}` {problem}"))
}
