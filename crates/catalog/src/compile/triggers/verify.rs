//! `verify` of `triggers.yaml`.

use trunnel_sign::inbound::{
    EcdsaRule, Encoding, HmacRule, JwtRule, Payload, Place, TimestampRule, TimestampSource,
    TimestampUnit, TokenRule,
};
use trunnel_sign::{Hash, KeyEncoding};

use super::file::{
    EcdsaFile, HmacFile, JwtAlgorithm, JwtFile, TimestampFile, TokenFile, UnitFile, VerifyFile,
};
use crate::compile::{Sink, parts};
use crate::trigger::Verify;

pub(super) fn verify(sink: &mut Sink<'_>, file: VerifyFile) -> Option<Verify> {
    match (file.hmac, file.ecdsa, file.token, file.jwt, file.none) {
        (Some(file), None, None, None, None) => hmac(sink, file),
        (None, Some(file), None, None, None) => ecdsa(sink, file),
        (None, None, Some(file), None, None) => token(sink, file),
        (None, None, None, Some(file), None) => jwt(sink, file),
        (None, None, None, None, Some(reason)) => {
            if reason.trim().is_empty() {
                sink.add("verify.none", "say why the provider offers no proof");
            }
            Some(Verify::None)
        }
        _ => {
            sink.add("verify", "needs one of hmac, ecdsa, token, jwt and none");
            None
        }
    }
}

fn hmac(sink: &mut Sink<'_>, file: HmacFile) -> Option<Verify> {
    const AT: &str = "verify.hmac";
    let hash = named(
        sink,
        "verify.hmac.algorithm",
        &file.algorithm,
        Hash::parse,
        "sha256, sha1, sha384 or sha512",
    );
    let encoding = named(
        sink,
        "verify.hmac.encoding",
        &file.encoding,
        Encoding::parse,
        "hex or base64",
    );
    let key_encoding = key_encoding(sink, AT, file.key_encoding.as_deref());
    let header = header(sink, AT, file.header);
    if file.signature_part.is_some() && file.parts.is_none() {
        let message = "needs `parts`, which says what separates them";
        sink.add("verify.hmac.signature_part", message);
    }
    let (payload, timestamp) = signed(
        sink,
        AT,
        file.payload.as_deref(),
        file.timestamp,
        file.parts.is_some(),
    );
    let rule = HmacRule {
        hash: hash?,
        encoding: encoding?,
        key_encoding: key_encoding?,
        header: header?,
        prefix: file.prefix,
        parts: file.parts,
        signature_part: file.signature_part,
        payload: payload?,
        timestamp,
    };
    Some(Verify::Hmac {
        rule,
        key: file.key,
    })
}

fn ecdsa(sink: &mut Sink<'_>, file: EcdsaFile) -> Option<Verify> {
    const AT: &str = "verify.ecdsa";
    let header = header(sink, AT, file.header);
    let (payload, timestamp) = signed(sink, AT, file.payload.as_deref(), file.timestamp, false);
    let rule = EcdsaRule {
        header: header?,
        payload: payload?,
        timestamp,
    };
    Some(Verify::Ecdsa { rule })
}

fn token(sink: &mut Sink<'_>, file: TokenFile) -> Option<Verify> {
    let place = match (file.header, file.query, file.body) {
        (Some(name), None, None) => header(sink, "verify.token", name).map(Place::Header)?,
        (None, Some(name), None) => Place::Query(name),
        (None, None, Some(path)) => {
            parts::dotted(sink, "verify.token.body", &path);
            Place::Body(path)
        }
        _ => {
            sink.add("verify.token", "needs one of header, query and body");
            return None;
        }
    };
    Some(Verify::Token {
        rule: TokenRule { place },
        key: file.equals,
    })
}

fn jwt(sink: &mut Sink<'_>, file: JwtFile) -> Option<Verify> {
    let JwtAlgorithm::Hs256 = file.algorithm;
    let header = header(sink, "verify.jwt", file.header);
    let key_encoding = key_encoding(sink, "verify.jwt", file.key_encoding.as_deref());
    let rule = JwtRule {
        header: header?,
        key_encoding: key_encoding?,
    };
    Some(Verify::Jwt {
        rule,
        key: file.key,
    })
}

/// What is signed, and when.
fn signed(
    sink: &mut Sink<'_>,
    at: &str,
    payload: Option<&str>,
    timestamp: Option<TimestampFile>,
    has_parts: bool,
) -> (Option<Payload>, Option<TimestampRule>) {
    let place = format!("{at}.payload");
    let payload = match payload.map_or(Ok(Payload::body()), Payload::parse) {
        Ok(payload) => Some(payload),
        Err(fault) => {
            sink.add(&place, fault.problem);
            None
        }
    };
    if payload
        .as_ref()
        .is_some_and(|payload| !payload.covers_body())
    {
        sink.add(
            &place,
            "leaves out the body, of which nothing would be proved",
        );
    }
    if payload.as_ref().is_some_and(Payload::needs_timestamp) && timestamp.is_none() {
        sink.add(
            &place,
            "holds `${timestamp}`, so `timestamp` must say where it is",
        );
    }
    let timestamp = timestamp.and_then(|file| self::timestamp(sink, at, file, has_parts));
    (payload, timestamp)
}

fn timestamp(
    sink: &mut Sink<'_>,
    at: &str,
    file: TimestampFile,
    has_parts: bool,
) -> Option<TimestampRule> {
    let at = format!("{at}.timestamp");
    if file.window.is_some_and(|window| window <= 0) {
        sink.add(&format!("{at}.window"), "is a number of seconds above zero");
    }
    let source = match (file.header, file.part, file.body) {
        (None, None, Some(path)) => {
            parts::dotted(sink, &format!("{at}.body"), &path);
            TimestampSource::Body(path)
        }
        (Some(name), None, None) => header(sink, &at, name).map(TimestampSource::Header)?,
        (None, Some(part), None) if has_parts => TimestampSource::Part(part),
        (None, Some(_), None) => {
            let message = "needs `parts` beside `header`, which says what separates them";
            sink.add(&format!("{at}.part"), message);
            return None;
        }
        _ => {
            sink.add(&at, "needs one of header, part and body");
            return None;
        }
    };
    Some(TimestampRule {
        source,
        unit: match file.unit {
            UnitFile::Seconds => TimestampUnit::Seconds,
            UnitFile::Milliseconds => TimestampUnit::Milliseconds,
            UnitFile::Rfc3339 => TimestampUnit::Rfc3339,
        },
        window: file.window,
    })
}

fn header(sink: &mut Sink<'_>, at: &str, name: String) -> Option<String> {
    parts::header_name(sink, &format!("{at}.header"), &name).map(|_| name)
}

fn key_encoding(sink: &mut Sink<'_>, at: &str, name: Option<&str>) -> Option<KeyEncoding> {
    let Some(name) = name else {
        return Some(KeyEncoding::Utf8);
    };
    let place = format!("{at}.key_encoding");
    named(
        sink,
        &place,
        name,
        KeyEncoding::parse,
        "utf8, hex or base64",
    )
}

fn named<T>(
    sink: &mut Sink<'_>,
    at: &str,
    name: &str,
    parse: fn(&str) -> Option<T>,
    known: &str,
) -> Option<T> {
    let found = parse(name);
    if found.is_none() {
        sink.add(at, format!("`{name}` is not known; write {known}"));
    }
    found
}
