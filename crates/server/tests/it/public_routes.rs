//! What is open to anyone, as a list that has been reviewed: a new route is not open
//! by accident.

use trunnel_server::Access;

/// The routes that take no credential of ours, each with the reason.
const PUBLIC: &[(&str, &str, &str)] = &[
    (
        "GET",
        "/api/v2/public/auth-structure/{slug}",
        "the catalogue is the same for everyone",
    ),
    (
        "GET",
        "/api/v1/{slug}/callback",
        "a browser comes here; the random state is its credential",
    ),
    (
        "GET",
        "/api/v1/webhook/{place}/{slug}",
        "a provider asks whether somebody is there; it is answered with what it said",
    ),
    (
        "POST",
        "/api/v1/webhook/{place}/{slug}",
        "a provider's events; the provider's signature is its credential",
    ),
    (
        "GET",
        "/console/api/session",
        "a visitor learns that nobody is signed in",
    ),
    (
        "POST",
        "/console/api/sign-in",
        "takes the password; three failures lock",
    ),
    (
        "GET",
        "/console/api/setup/{token}",
        "the link's token is the credential",
    ),
    (
        "POST",
        "/console/api/setup/{token}",
        "the link's token is the credential",
    ),
    (
        "GET",
        "/console/api/invitation-link/{token}",
        "the link's token is the credential",
    ),
    (
        "POST",
        "/console/api/invitation-link/{token}",
        "the link's token is the credential",
    ),
    (
        "POST",
        "/console/api/reset-link/{token}",
        "the link's token is the credential",
    ),
    (
        "POST",
        "/console/api/password-reset",
        "mails a code to the member's own address",
    ),
    (
        "POST",
        "/console/api/password-reset/confirm",
        "the mailed code is the credential",
    ),
    (
        "GET",
        "/console/api/sso/begin",
        "a browser goes to the identity provider from here",
    ),
    (
        "GET",
        "/console/api/sso/callback",
        "takes the identity provider's word, bound to the browser by its cookie",
    ),
    (
        "GET",
        "/healthz",
        "for the operator's probes; it says nothing but ok",
    ),
    (
        "GET",
        "/readyz",
        "for the operator's probes; it says nothing but ready",
    ),
    (
        "GET",
        "/metrics",
        "for the operator's collector; it counts by route, never by tenant",
    ),
    (
        "GET",
        "/api/openapi.json",
        "the API's document is the same for everyone",
    ),
    ("GET", "/", "leads to the Console's page"),
    ("GET", "/console", "the page in which a member signs in"),
    ("GET", "/console/{*path}", "the same page"),
    (
        "GET",
        "/connect/{name}",
        "the portal's page, the same for all; what it shows needs a session",
    ),
    (
        "POST",
        "/connect/api/session",
        "takes a link's token; it is the credential",
    ),
    ("GET", "/assets/{*path}", "what the pages are made of"),
    ("GET", "/favicon.svg", "what the pages are made of"),
];

/// The Playground is another provider, with credentials of its own; its own tests
/// are about these.
const PLAYGROUND_ROUTES: &[(&str, &str, &str)] = &[
    ("GET", "/playground/style.css", "a style sheet"),
    (
        "GET",
        "/playground/.well-known/oauth-authorization-server",
        "public by RFC 8414",
    ),
    (
        "GET",
        "/playground/oauth/authorize",
        "the customer logs in here",
    ),
    (
        "POST",
        "/playground/oauth/authorize",
        "the customer logs in here",
    ),
    (
        "POST",
        "/playground/oauth/consent",
        "bound to the login by its own form token",
    ),
    (
        "POST",
        "/playground/oauth/token",
        "takes the OAuth client's credential",
    ),
    (
        "POST",
        "/playground/oauth/revoke",
        "takes the OAuth client's credential",
    ),
    (
        "POST",
        "/playground/oauth/register",
        "open by RFC 7591; a new client can do nothing yet",
    ),
    ("GET", "/playground/api-keys", "a form"),
    (
        "POST",
        "/playground/api-keys",
        "takes the demonstration password",
    ),
    (
        "DELETE",
        "/playground/api-keys",
        "takes the key that it ends",
    ),
    (
        "GET",
        "/playground/api/me",
        "takes the Playground's own tokens and keys",
    ),
    (
        "GET",
        "/playground/api/contacts",
        "takes the Playground's own tokens and keys",
    ),
    (
        "POST",
        "/playground/api/contacts",
        "takes the Playground's own tokens and keys",
    ),
    (
        "GET",
        "/playground/api/contacts/{id}",
        "takes the Playground's own tokens and keys",
    ),
    (
        "PATCH",
        "/playground/api/contacts/{id}",
        "takes the Playground's own tokens and keys",
    ),
    (
        "DELETE",
        "/playground/api/contacts/{id}",
        "takes the Playground's own tokens and keys",
    ),
    (
        "GET",
        "/playground/faults",
        "there only when started with faults, for tests",
    ),
    (
        "PUT",
        "/playground/faults",
        "there only when started with faults, for tests",
    ),
    (
        "DELETE",
        "/playground/faults",
        "there only when started with faults, for tests",
    ),
    (
        "POST",
        "/playground/faults/revoke",
        "there only when started with faults, for tests",
    ),
];

fn sorted<'a>(rows: impl Iterator<Item = (&'a str, &'a str)>) -> Vec<(&'a str, &'a str)> {
    let mut rows: Vec<_> = rows.collect();
    rows.sort_unstable();
    rows
}

#[test]
fn what_needs_no_credential_is_a_reviewed_list() {
    let mut table = trunnel_server::route_table();
    table.extend(trunnel_server::console_route_table());
    let public = table.iter().filter(|route| route.access == Access::Public);
    let reviewed = sorted(PUBLIC.iter().map(|row| (row.0, row.1)));
    assert_eq!(
        sorted(public.map(|route| (route.method, route.path))),
        reviewed
    );

    let reviewed = sorted(PLAYGROUND_ROUTES.iter().map(|row| (row.0, row.1)));
    assert_eq!(sorted(trunnel_playground::ROUTES.iter().copied()), reviewed);
    assert!(
        PUBLIC
            .iter()
            .chain(PLAYGROUND_ROUTES)
            .all(|row| !row.2.is_empty())
    );
}
