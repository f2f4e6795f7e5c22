//! How requests are signed, and the certificate they are sent with.

use crate::compile::Sink;
use crate::compile::parts::{self, Known};
use crate::option::{CertificateTemplate, Sign, SignatureMethod};
use crate::source::{CertificateFile, OAuth1SignFile, SigV4File, SignFile};
use crate::template::Template;

/// Reads the templates of one block.
struct Block<'s, 'e, 'k> {
    sink: &'s mut Sink<'e>,
    at: String,
    known: Known<'k>,
}

impl<'s, 'e, 'k> Block<'s, 'e, 'k> {
    fn new(sink: &'s mut Sink<'e>, at: &str, name: &str, known: Known<'k>) -> Self {
        Self {
            sink,
            at: format!("{at}.{name}"),
            known,
        }
    }

    /// Both are read, so that both mistakes show.
    fn pair(&mut self, names: &[(&str, String); 2]) -> Option<(Template, Template)> {
        let [first, second] = names;
        let first = self.needed(first.0, &first.1);
        let second = self.needed(second.0, &second.1);
        first.zip(second)
    }

    fn needed(&mut self, name: &str, text: &str) -> Option<Template> {
        parts::template(self.sink, &format!("{}.{name}", self.at), text, self.known)
    }

    fn optional(&mut self, name: &str, text: Option<&str>) -> Option<Template> {
        text.and_then(|text| self.needed(name, text))
    }
}

pub(super) fn sign(
    sink: &mut Sink<'_>,
    at: &str,
    file: SignFile,
    known: Known<'_>,
) -> Option<Sign> {
    let given = [
        file.oauth1.is_some(),
        file.aws_sigv4.is_some(),
        file.wsse.is_some(),
        file.duo.is_some(),
        file.avanan.is_some(),
        file.http_signature.is_some(),
    ];
    if given.iter().filter(|given| **given).count() != 1 {
        sink.add(
            at,
            "names one of oauth1, aws_sigv4, wsse, duo, avanan and http_signature",
        );
        return None;
    }
    if let Some(file) = file.oauth1 {
        return oauth1(&mut Block::new(sink, at, "oauth1", known), &file);
    }
    if let Some(file) = file.aws_sigv4 {
        return sigv4(&mut Block::new(sink, at, "aws_sigv4", known), &file);
    }
    if let Some(file) = file.wsse {
        let mut block = Block::new(sink, at, "wsse", known);
        let names = [("username", file.username), ("password", file.password)];
        let (username, password) = block.pair(&names)?;
        return Some(Sign::Wsse { username, password });
    }
    if let Some(file) = file.duo {
        let mut block = Block::new(sink, at, "duo", known);
        let names = [
            ("integration_key", file.integration_key),
            ("secret_key", file.secret_key),
        ];
        let (integration_key, secret_key) = block.pair(&names)?;
        return Some(Sign::Duo {
            integration_key,
            secret_key,
        });
    }
    if let Some(file) = file.avanan {
        let mut block = Block::new(sink, at, "avanan", known);
        let names = [("app_id", file.app_id), ("secret_key", file.secret_key)];
        let (app_id, secret_key) = block.pair(&names)?;
        return Some(Sign::Avanan { app_id, secret_key });
    }
    let file = file.http_signature?;
    let mut block = Block::new(sink, at, "http_signature", known);
    let names = [("key_id", file.key_id), ("private_key", file.private_key)];
    let (key_id, private_key) = block.pair(&names)?;
    Some(Sign::HttpSignature {
        key_id,
        private_key,
    })
}

fn oauth1(block: &mut Block<'_, '_, '_>, file: &OAuth1SignFile) -> Option<Sign> {
    let by_key = file.method == SignatureMethod::RsaSha1;
    if by_key && file.private_key.is_none() {
        let at = format!("{}.private_key", block.at);
        block.sink.add(&at, "is needed for RSA-SHA1");
    }
    if !by_key && file.consumer_secret.is_none() {
        let at = format!("{}.consumer_secret", block.at);
        block.sink.add(&at, "is needed for this method");
    }
    let consumer_key = block.needed("consumer_key", &file.consumer_key);
    Some(Sign::OAuth1 {
        signature: file.method,
        consumer_secret: block.optional("consumer_secret", file.consumer_secret.as_deref()),
        token: block.optional("token", file.token.as_deref()),
        token_secret: block.optional("token_secret", file.token_secret.as_deref()),
        private_key: block.optional("private_key", file.private_key.as_deref()),
        realm: block.optional("realm", file.realm.as_deref()),
        consumer_key: consumer_key?,
    })
}

fn sigv4(block: &mut Block<'_, '_, '_>, file: &SigV4File) -> Option<Sign> {
    let access_key = block.needed("access_key", &file.access_key);
    let secret_key = block.needed("secret_key", &file.secret_key);
    let region = block.needed("region", &file.region);
    let service = block.needed("service", &file.service);
    Some(Sign::AwsSigV4 {
        session_token: block.optional("session_token", file.session_token.as_deref()),
        access_key: access_key?,
        secret_key: secret_key?,
        region: region?,
        service: service?,
    })
}

pub(super) fn certificate(
    sink: &mut Sink<'_>,
    at: &str,
    file: &CertificateFile,
    known: Known<'_>,
) -> Option<CertificateTemplate> {
    let certificate = parts::template(sink, &format!("{at}.certificate"), &file.certificate, known);
    let key = parts::template(sink, &format!("{at}.key"), &file.key, known);
    Some(CertificateTemplate {
        certificate: certificate?,
        key: key?,
    })
}
