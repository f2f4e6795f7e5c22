//! What every embedded option sends to get, prove, renew and end a credential.

use std::collections::BTreeMap;

use serde_json::json;
use trunnel_catalog::{
    AuthOption, AuthorizationRequest, BuildFault, Connector, ExchangeStep, Grant, Steps, TokenHint,
    action_request, authorization_url, exchange_request, probe_request, revocation_request,
    scopes_for, token_request,
};
use trunnel_model::secret::Secret;

use crate::data::{embedded, kept_names};
use crate::samples::{ACCESS_TOKEN, KEY, by_client, example_fields, show, with_credential};

fn show_consent(connector: &Connector, option: &AuthOption) -> Result<String, BuildFault> {
    let fields = example_fields(connector, option);
    let access = by_client(connector, &option.id).with_fields(&fields);
    let scopes = scopes_for(option.scopes().unwrap(), &["extra".to_owned()]);
    let request = AuthorizationRequest {
        redirect_uri: "https://trunnel.example/callback",
        scopes: &scopes,
        state: "st4te",
        code_challenge: Some("ch4llenge"),
    };
    let url = authorization_url(&access, &request)?;
    Ok(format!("# {}: consent\n{url}\n\n", option.id))
}

fn show_tokens(connector: &Connector, option: &AuthOption) -> Result<String, BuildFault> {
    let fields = example_fields(connector, option);
    let access = by_client(connector, &option.id).with_fields(&fields);
    let secret = |text: &str| Secret::new(text);
    let (code, verifier, refresh) = (secret("c0de"), secret("verifi3r"), secret("r3fresh"));
    let first = match option.device() {
        Some(_) => Grant::Device { device_code: &code },
        None => Grant::Code {
            code: &code,
            redirect_uri: "https://trunnel.example/callback",
            code_verifier: Some(&verifier),
        },
    };
    let renewal = Grant::Refresh {
        refresh_token: &refresh,
    };
    let mut text = String::new();
    for (name, grant) in [("code", first), ("refresh", renewal)] {
        let request = token_request(&access, grant)?;
        let title = format!("{}: {name}", option.id);
        text += &show(&title, &request, &["s3cret"]);
    }
    let title = format!("{}: revoke", option.id);
    let revoke = revocation_request(&access, &refresh, TokenHint::Refresh);
    let revoke = revoke.map(|request| show(&title, &request, &["s3cret"]));
    Ok(text + &revoke.unwrap_or_default())
}

/// The requests by which typed values become a token.
fn show_exchange(connector: &Connector, option: &AuthOption) -> Result<String, BuildFault> {
    with_credential(connector, option, |access| {
        let (mut text, mut steps) = (String::new(), Steps::new());
        for index in 0.. {
            let title = format!("{}: exchange {index}", option.id);
            let (request, is_last) = match exchange_request(access, index, &steps)? {
                Some(ExchangeStep::Before(request)) => (request, false),
                Some(ExchangeStep::Last(request)) => (request, true),
                None => break,
            };
            text += &show(&title, &request, &[]);
            if is_last {
                break;
            }
            // What a step keeps of its answer stands here under its own name.
            for name in kept_names(&connector.slug, &option.id, index) {
                let is_url = ["url", "endpoint"].iter().any(|end| name.ends_with(end));
                let value = if is_url {
                    "https://step.example"
                } else {
                    name.as_str()
                };
                steps.insert(name.clone(), Secret::new(value));
            }
        }
        Ok(text)
    })
}

/// The call that proves the credential; where there is none, one that a caller writes.
fn show_calls(connector: &Connector, option: &AuthOption) -> Result<String, BuildFault> {
    let input = if connector.instance {
        json!({ "method": "GET", "path": "/playground/api/contacts" })
    } else {
        json!({ "method": "POST", "path": "things?a=1", "body": { "b": 2 } })
    };
    let action = connector.action("httprequest").unwrap();
    assert_eq!(action.check(&input), Ok(()));
    let (proof, free) = with_credential(connector, option, |access| {
        let free = action_request(access, action, input.as_object().unwrap(), None)?;
        Ok((probe_request(access)?, free))
    })?;
    let secrets = [ACCESS_TOKEN, KEY];
    let title = format!("{}: proof", option.id);
    let proof = proof.map(|request| show(&title, &request, &secrets));
    let title = format!("{}: httprequest", option.id);
    Ok(proof.unwrap_or_else(|| show(&title, &free, &secrets)))
}

fn show_option(connector: &Connector, option: &AuthOption) -> Result<String, BuildFault> {
    let mut text = String::new();
    if option.oauth2().is_some() {
        text += &show_consent(connector, option)?;
    }
    if option.scopes().is_some() {
        text += &show_tokens(connector, option)?;
    }
    text += &show_exchange(connector, option)?;
    Ok(text + &show_calls(connector, option)?)
}

/// Everything that is sent for the credential of one connector's options.
pub(crate) fn show_auth(connector: &Connector, faults: &mut Vec<String>) -> String {
    let mut text = String::new();
    for option in &connector.auth {
        match show_option(connector, option) {
            Ok(shown) => text += &shown,
            Err(fault) => faults.push(format!("{} {}: {fault}", connector.slug, option.id)),
        }
    }
    text
}

/// Most connectors have no action but `httprequest`; these stand together by the
/// letter with which they begin.
#[test]
fn every_embedded_connector_proves_itself_as_written_down() {
    let catalog = embedded();
    let (mut by_letter, mut faults) = (BTreeMap::<char, String>::new(), Vec::new());
    for connector in catalog
        .iter()
        .filter(|connector| connector.actions().count() == 1)
    {
        let letter = connector.slug.chars().next().unwrap();
        let letter = if letter.is_ascii_digit() { '0' } else { letter };
        let text = show_auth(connector, &mut faults);
        let text = text.replace("# ", &format!("# {} ", connector.slug));
        *by_letter.entry(letter).or_default() += &text;
    }
    for (letter, text) in by_letter {
        insta::assert_snapshot!(format!("auth_{letter}"), text);
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// By hand, from the providers' pages: a mistyped address would send a secret astray.
#[test]
fn oauth_endpoints_are_those_of_the_providers() {
    let catalog = embedded();
    for (slug, consent, token, pkce) in [
        (
            "hubspot",
            "https://app.hubspot.com/oauth/authorize",
            "https://api.hubapi.com/oauth/2026-03/token",
            true,
        ),
        (
            "slack",
            "https://slack.com/oauth/v2/authorize",
            "https://slack.com/api/oauth.v2.access",
            false,
        ),
        (
            "github",
            "https://github.com/login/oauth/authorize",
            "https://github.com/login/oauth/access_token",
            true,
        ),
        (
            "notion",
            "https://api.notion.com/v1/oauth/authorize",
            "https://api.notion.com/v1/oauth/token",
            true,
        ),
        (
            "pipedrive",
            "https://oauth.pipedrive.com/oauth/authorize",
            "https://oauth.pipedrive.com/oauth/token",
            false,
        ),
        (
            "intercom",
            "https://app.intercom.com/oauth",
            "https://api.intercom.io/auth/eagle/token",
            true,
        ),
        (
            "zendesk",
            "https://acme.zendesk.com/oauth/authorizations/new",
            "https://acme.zendesk.com/oauth/tokens",
            true,
        ),
        (
            "airtable",
            "https://airtable.com/oauth2/v1/authorize",
            "https://airtable.com/oauth2/v1/token",
            true,
        ),
        (
            "asana",
            "https://app.asana.com/-/oauth_authorize",
            "https://app.asana.com/-/oauth_token",
            true,
        ),
        (
            "mailchimp",
            "https://login.mailchimp.com/oauth2/authorize",
            "https://login.mailchimp.com/oauth2/token",
            true,
        ),
        (
            "playground_app",
            "https://trunnel.example/playground/oauth/authorize",
            "http://127.0.0.1:8080/playground/oauth/token",
            true,
        ),
    ] {
        let connector = catalog.get(slug).unwrap();
        let fields = example_fields(connector, connector.option("oauth2").unwrap());
        let access = by_client(connector, "oauth2").with_fields(&fields);
        let request = AuthorizationRequest {
            redirect_uri: "https://trunnel.example/callback",
            scopes: &[],
            state: "s",
            code_challenge: Some("c"),
        };
        let url = authorization_url(&access, &request).unwrap();
        assert_eq!(url.as_str().split('?').next(), Some(consent), "{slug}");
        let has_challenge = url.query_pairs().any(|(name, _)| name == "code_challenge");
        assert_eq!(has_challenge, pkce, "{slug}");
        let code = Secret::new("c");
        let grant = Grant::Code {
            code: &code,
            redirect_uri: "https://x.example",
            code_verifier: None,
        };
        let request = token_request(&access, grant).unwrap();
        assert_eq!(request.url.as_str(), token, "{slug}");
    }
}
