//! Requests that show a certificate, to a server that asks for one.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use futures_util::StreamExt;
use http::Method;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use trunnel_model::http::{ClientCertificate, HttpRequest};
use trunnel_model::secret::Secret;
use trunnel_outbound::{
    CertificateRefused, Outbound, SendFailure, StreamFailure, StreamLimits, SystemLookup, Trust,
    Unreached,
};
use url::Url;

use crate::harness::{HOUR, Reply, Server, converse, ok, send, settings};

/// Who vouches for the server and for its customers.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

impl Authority {
    fn new(name: &str) -> Self {
        let mut params = CertificateParams::new([]).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let pem = params.self_signed(&key).unwrap().pem();
        let issuer = Issuer::new(params, key);
        Self { issuer, pem }
    }

    /// A certificate and its key.
    fn issue(&self, name: &str) -> (String, String) {
        let params = CertificateParams::new([name.to_owned()]).unwrap();
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        (certificate.pem(), key.serialize_pem())
    }

    fn identity(&self) -> ClientCertificate {
        let (chain, key) = self.issue("customer.test");
        ClientCertificate::new(chain, Secret::new(key))
    }
}

fn der(chain: &str) -> CertificateDer<'static> {
    CertificateDer::from_pem_slice(chain.as_bytes()).unwrap()
}

/// A server that answers each request with the number of the customer whose certificate
/// the connection began with.
struct Bank {
    authority: Authority,
    url: String,
    customers: Arc<Mutex<Vec<CertificateDer<'static>>>>,
    connections: Arc<AtomicUsize>,
    requests: Arc<AtomicUsize>,
}

impl Bank {
    async fn open(reply: fn(usize) -> Reply) -> Self {
        let authority = Authority::new("The bank");
        let acceptor = TlsAcceptor::from(Arc::new(server_config(&authority)));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let bank = Self {
            url: format!("https://{}/", listener.local_addr().unwrap()),
            authority,
            customers: Arc::default(),
            connections: Arc::default(),
            requests: Arc::default(),
        };
        let customers = Arc::clone(&bank.customers);
        let (connections, requests) = (Arc::clone(&bank.connections), Arc::clone(&bank.requests));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                connections.fetch_add(1, Ordering::SeqCst);
                let (acceptor, customers) = (acceptor.clone(), Arc::clone(&customers));
                let requests = Arc::clone(&requests);
                tokio::spawn(async move {
                    let stream = match acceptor.accept(stream).into_fallible().await {
                        Ok(stream) => stream,
                        Err((_, mut refused)) => {
                            // A reset of the connection must not overtake the refusal.
                            let _ = refused.read_to_end(&mut Vec::new()).await;
                            return;
                        }
                    };
                    let shown = stream.get_ref().1.peer_certificates().unwrap()[0].clone();
                    let all = customers.lock().unwrap().clone();
                    let customer = all.iter().position(|one| *one == shown).unwrap();
                    let answer = |_: &str| {
                        requests.fetch_add(1, Ordering::SeqCst);
                        reply(customer)
                    };
                    let _ = converse(stream, answer).await;
                });
            }
        });
        bank
    }

    fn client(&self) -> Outbound {
        let trust = Trust::only(&self.authority.pem).unwrap();
        let lookup = Arc::new(SystemLookup);
        Outbound::with_trust(settings("127.0.0.1"), lookup, trust).unwrap()
    }

    fn customer(&self) -> ClientCertificate {
        let identity = self.authority.identity();
        self.customers.lock().unwrap().push(der(identity.chain()));
        identity
    }

    fn request(&self, certificate: Option<&ClientCertificate>) -> HttpRequest {
        let mut request = HttpRequest::new(Method::GET, Url::parse(&self.url).unwrap());
        request.certificate = certificate.cloned();
        request
    }

    /// Who the bank says the customer is.
    async fn ask(&self, client: &Outbound, who: &ClientCertificate) -> String {
        let answer = send(client, self.request(Some(who))).await.unwrap();
        String::from_utf8(answer.body.into()).unwrap()
    }

    fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }
}

fn server_config(authority: &Authority) -> ServerConfig {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut roots = RootCertStore::empty();
    roots.add(der(&authority.pem)).unwrap();
    let verifier =
        WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider))
            .build()
            .unwrap();
    let (chain, key) = authority.issue("127.0.0.1");
    let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap();
    ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_client_cert_verifier(verifier)
        .with_single_cert(vec![der(&chain)], key)
        .unwrap()
}

fn number(customer: usize) -> Reply {
    ok(&customer.to_string())
}

/// The same, and then the connection is over.
fn number_once(customer: usize) -> Reply {
    let head = "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 1\r\n\r\n";
    Reply::Last(format!("{head}{customer}"))
}

/// An answer that ends with the connection, which ends without a word.
fn torn(_: usize) -> Reply {
    Reply::Last("HTTP/1.1 200 OK\r\n\r\nhalf".to_owned())
}

#[tokio::test]
async fn each_customer_is_seen_as_itself_over_connections_of_its_own() {
    let bank = Bank::open(number).await;
    let client = bank.client();
    let (ada, bob) = (bank.customer(), bank.customer());
    for _ in 0..3 {
        assert_eq!(bank.ask(&client, &ada).await, "0");
        assert_eq!(bank.ask(&client, &bob).await, "1");
    }
    assert_eq!((bank.connections(), bank.requests()), (2, 6));
}

#[tokio::test]
async fn the_same_certificate_written_anew_is_the_same_customer() {
    let bank = Bank::open(number).await;
    let client = bank.client();
    let ada = bank.customer();
    let again = ClientCertificate::new(ada.chain(), ada.key().clone());
    assert_eq!(bank.ask(&client, &ada).await, "0");
    assert_eq!(bank.ask(&client, &again).await, "0");
    assert_eq!(bank.connections(), 1);
}

#[tokio::test]
async fn no_session_is_resumed_by_someone_else() {
    let bank = Bank::open(number_once).await;
    let client = bank.client();
    let (ada, bob) = (bank.customer(), bank.customer());
    for _ in 0..3 {
        assert_eq!(bank.ask(&client, &ada).await, "0");
        assert_eq!(bank.ask(&client, &bob).await, "1");
    }
    assert_eq!(bank.connections(), 6);
}

#[tokio::test]
async fn without_a_certificate_or_with_a_stranger_s_nothing_is_asked() {
    let bank = Bank::open(number).await;
    let client = bank.client();
    // A connection that would do is there, but not for these.
    let ada = bank.customer();
    assert_eq!(bank.ask(&client, &ada).await, "0");
    let stranger = Authority::new("Another bank").identity();
    let forger = Authority::new("The bank").identity();
    for nobody in [None, Some(&stranger), Some(&forger)] {
        let failure = send(&client, bank.request(nobody)).await.unwrap_err();
        assert!(
            matches!(
                &failure,
                SendFailure::Unreachable {
                    cause: Unreached::Tls(_)
                }
            ),
            "{failure:?}"
        );
        assert!(!failure.is_ambiguous());
    }
    assert_eq!(bank.requests(), 1);
}

#[tokio::test]
async fn a_stream_shows_its_certificate_too() {
    let bank = Bank::open(number).await;
    let client = bank.client();
    let ada = bank.customer();
    let request = bank.request(Some(&ada));
    let limits = StreamLimits::of(HOUR);
    let mut answer = client.open(request, None, limits).await.unwrap();
    assert_eq!(answer.body.next().await.unwrap().unwrap(), "0");
}

#[tokio::test]
async fn over_tls_a_cut_is_seen_even_where_no_length_was_announced() {
    let bank = Bank::open(torn).await;
    let request = bank.request(Some(&bank.customer()));
    let limits = StreamLimits::of(HOUR);
    let answer = bank.client().open(request, None, limits).await.unwrap();
    let chunks: Vec<_> = answer.body.collect().await;
    let torn = [Ok("half".into()), Err(StreamFailure::BrokenOff)];
    assert_eq!(chunks, torn);
}

#[tokio::test]
async fn the_identity_not_used_the_longest_gives_its_connection_up() {
    const KEPT: usize = 64;
    let bank = Bank::open(number).await;
    let client = bank.client();
    let all: Vec<_> = (0..=KEPT).map(|_| bank.customer()).collect();
    for customer in &all[..KEPT] {
        bank.ask(&client, customer).await;
    }
    // The first is used again, so the second is the oldest when one more comes.
    bank.ask(&client, &all[0]).await;
    assert_eq!(bank.connections(), KEPT);
    bank.ask(&client, &all[KEPT]).await;
    bank.ask(&client, &all[0]).await;
    assert_eq!(bank.connections(), KEPT + 1);
    assert_eq!(bank.ask(&client, &all[1]).await, "1");
    assert_eq!(bank.connections(), KEPT + 2);
}

#[tokio::test]
async fn a_certificate_that_is_none_is_refused_by_its_bad_part_before_anything_is_sent() {
    let bank = Bank::open(number).await;
    let client = bank.client();
    let (chain, key) = bank.authority.issue("ada.test");
    let (_, other) = bank.authority.issue("bob.test");
    let cut = |pem: &str| pem.lines().take(3).collect::<Vec<_>>().join("\n");
    let filled =
        |label: &str| format!("-----BEGIN {label}-----\nAAAAAAAA\n-----END {label}-----\n");
    let encrypted = filled("ENCRYPTED PRIVATE KEY");
    for (chain, key, refused) in [
        (
            cut(&chain),
            key.clone(),
            CertificateRefused::CertificateForm,
        ),
        (
            "ada".to_owned(),
            key.clone(),
            CertificateRefused::NoCertificate,
        ),
        (key.clone(), key.clone(), CertificateRefused::NoCertificate),
        (
            filled("CERTIFICATE"),
            key.clone(),
            CertificateRefused::Certificate,
        ),
        (chain.clone(), cut(&key), CertificateRefused::KeyForm),
        (chain.clone(), String::new(), CertificateRefused::NoKey),
        (chain.clone(), chain.clone(), CertificateRefused::NoKey),
        (chain.clone(), encrypted, CertificateRefused::NoKey),
        (
            chain.clone(),
            filled("PRIVATE KEY"),
            CertificateRefused::Key,
        ),
        (chain.clone(), other, CertificateRefused::Mismatch),
    ] {
        let bad = ClientCertificate::new(chain, Secret::new(key));
        let failure = send(&client, bank.request(Some(&bad))).await.unwrap_err();
        assert_eq!(failure, SendFailure::Certificate(refused));
        assert!(!failure.is_ambiguous());
    }
    assert_eq!(bank.connections(), 0);
}

#[tokio::test]
async fn a_certificate_is_not_forgotten_where_nobody_would_see_it() {
    let bank = Bank::open(number).await;
    let server = Server::start(|_| ok("")).await;
    let mut request = bank.request(Some(&bank.customer()));
    request.url = Url::parse(&server.url("/")).unwrap();
    let failure = send(&bank.client(), request).await.unwrap_err();
    let refused = SendFailure::Certificate(CertificateRefused::NotTls);
    assert_eq!(failure, refused);
    assert_eq!(server.connections(), 0);
}

#[test]
fn a_certificate_is_never_printed() {
    let certificate = ClientCertificate::new("canary", Secret::new("canary"));
    let mut request = HttpRequest::new(Method::GET, Url::parse("https://a.test").unwrap());
    request.certificate = Some(certificate.clone());
    assert!(!format!("{certificate:?} {request:#?}").contains("canary"));
}
