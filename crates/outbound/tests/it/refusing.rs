//! Requests that must not leave.

use std::sync::Arc;

use http::Method;
use trunnel_model::http::HttpRequest;
use trunnel_outbound::{AddressKind, Lookup, Outbound, SendFailure, UrlRefused};
use url::Url;

use crate::harness::{Server, answers, ok, open, send, settings, strict};

fn get(url: &str) -> HttpRequest {
    HttpRequest::new(Method::GET, Url::parse(url).unwrap())
}

async fn refusal(client: &Outbound, url: &str) -> UrlRefused {
    let failure = send(client, get(url)).await.expect_err(url);
    assert!(!failure.is_ambiguous(), "{url}: {failure}");
    match failure {
        SendFailure::Refused(refused) => refused,
        other => panic!("{url}: {other}"),
    }
}

async fn kind(client: &Outbound, url: &str) -> AddressKind {
    match refusal(client, url).await {
        UrlRefused::Address(refused) => refused.kind,
        other => panic!("{url}: {other}"),
    }
}

fn resolving(allow: &str, lookup: Arc<dyn Lookup>) -> Outbound {
    Outbound::with_lookup(settings(allow), lookup).unwrap()
}

#[tokio::test]
async fn no_spelling_of_a_loopback_address_is_connected_to() {
    let server = Server::start(|_| ok("")).await;
    let client = strict();
    for host in [
        "127.0.0.1",
        "127.1",
        "0x7f.1",
        "2130706433",
        "[::ffff:127.0.0.1]",
        "[::1]",
    ] {
        let url = format!("http://{host}:{}/", server.address.port());
        assert_eq!(kind(&client, &url).await, AddressKind::Loopback, "{host}");
    }
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn a_name_is_refused_for_what_it_resolves_to() {
    let server = Server::start(|_| ok("")).await;
    let url = format!("http://evil.test:{}/", server.address.port());
    let client = resolving("", answers(&[&["127.0.0.1"]]));
    assert_eq!(kind(&client, &url).await, AddressKind::Loopback);
    let client = resolving("", answers(&[&["::ffff:169.254.169.254"]]));
    assert_eq!(kind(&client, &url).await, AddressKind::LinkLocal);
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn one_private_address_refuses_the_whole_name() {
    // 127.0.0.1 is allowed here and would answer, in whatever order it stands.
    let server = Server::start(|_| ok("")).await;
    let url = format!("http://evil.test:{}/", server.address.port());
    for mix in [
        &["127.0.0.1", "10.0.0.1"] as &[_],
        &["10.0.0.1", "127.0.0.1"],
    ] {
        let client = resolving("127.0.0.1", answers(&[mix]));
        assert_eq!(kind(&client, &url).await, AddressKind::Private, "{mix:?}");
    }
    assert_eq!(server.connections(), 0);
    let client = resolving("127.0.0.1", answers(&[&["127.0.0.1"]]));
    assert_eq!(send(&client, get(&url)).await.unwrap().status, 200);
}

#[tokio::test]
async fn the_machine_s_own_names_are_resolved_and_refused() {
    let server = Server::start(|_| ok("")).await;
    let url = format!("http://localhost:{}/", server.address.port());
    assert_eq!(kind(&strict(), &url).await, AddressKind::Loopback);
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn credentials_and_other_schemes_are_refused() {
    let server = Server::start(|_| ok("")).await;
    let with_user = server.url("/").replace("//", "//user:pass@");
    assert_eq!(refusal(&open(), &with_user).await, UrlRefused::Credentials);
    let ftp = server.url("/").replace("http", "ftp");
    assert_eq!(refusal(&open(), &ftp).await, UrlRefused::Scheme);
    assert_eq!(server.connections(), 0);
}
