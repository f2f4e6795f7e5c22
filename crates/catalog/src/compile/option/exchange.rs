//! Tokens that typed values are exchanged for, and those made here.

use std::collections::BTreeMap;

use super::basic_auth;
use super::consent::token_paths;
use super::positive;
use crate::compile::Sink;
use crate::compile::parts::{self, Known};
use crate::option::{Exchange, JwtTemplate, Step, StepRequest, TokenReading};
use crate::source::{ExchangeFile, JwtFile, StepFile};

const ALGORITHMS: [&str; 7] = [
    "HS256", "HS384", "HS512", "RS256", "PS256", "ES256", "EdDSA",
];

pub(super) fn exchange(
    sink: &mut Sink<'_>,
    at: &str,
    file: ExchangeFile,
    known: Known<'_>,
) -> Option<Exchange> {
    let known = Known {
        assertion: file.assertion.is_some(),
        ..known
    };
    let mut kept: Vec<String> = Vec::new();
    let mut before = Vec::new();
    for (index, step) in file.before.into_iter().enumerate() {
        let at = format!("{at}.before[{index}]");
        for path in step.keep.values() {
            parts::dotted(sink, &format!("{at}.keep"), path);
        }
        let keep = step.keep.clone();
        let request = request(
            sink,
            &at,
            &step,
            Known {
                steps: &kept,
                ..known
            },
        );
        kept.extend(keep.keys().cloned());
        before.extend(request.map(|request| Step { request, keep }));
    }
    let known = Known {
        steps: &kept,
        ..known
    };
    let assertion = file
        .assertion
        .and_then(|file| jwt(sink, &format!("{at}.assertion"), file, known));
    token_paths(sink, &format!("{at}.answer"), &file.answer);
    positive(sink, &format!("{at}.lifetime"), file.lifetime);
    parts::field_paths(sink, &format!("{at}.metadata"), &file.metadata, known);
    let refresh = file.refresh.and_then(|step| {
        let known = Known {
            refresh_token: true,
            access_token: true,
            ..known
        };
        request(sink, &format!("{at}.refresh"), &step, known)
    });
    let own = StepFile {
        method: file.method,
        url: file.url,
        headers: file.headers,
        query: file.query,
        basic: file.basic,
        body_type: file.body_type,
        body: file.body,
        keep: BTreeMap::default(),
    };
    Some(Exchange {
        before,
        request: request(sink, at, &own, known)?,
        refresh,
        assertion,
        answer: TokenReading {
            paths: file.answer,
            unit: file.expires_in_unit,
            default_lifetime: file.lifetime,
            metadata: file.metadata,
        },
    })
}

fn request(
    sink: &mut Sink<'_>,
    at: &str,
    file: &StepFile,
    known: Known<'_>,
) -> Option<StepRequest> {
    let method = parts::method(sink, &format!("{at}.method"), &file.method);
    let url = parts::url(sink, &format!("{at}.url"), &file.url, known);
    let headers = parts::headers(sink, &format!("{at}.headers"), &file.headers, known);
    let query = parts::texts(sink, &format!("{at}.query"), &file.query, known);
    let basic = file
        .basic
        .as_ref()
        .and_then(|basic| basic_auth(sink, at, basic, known));
    let body = file
        .body
        .as_ref()
        .map(|body| parts::json(sink, &format!("{at}.body"), body, known));
    Some(StepRequest {
        method: method?,
        url: url?,
        headers,
        query,
        basic,
        body_type: file.body_type,
        body,
    })
}

pub(super) fn jwt(
    sink: &mut Sink<'_>,
    at: &str,
    file: JwtFile,
    known: Known<'_>,
) -> Option<JwtTemplate> {
    if !ALGORITHMS.contains(&file.algorithm.as_str()) {
        let message = format!("`{}` is none of {}", file.algorithm, ALGORITHMS.join(", "));
        sink.add(&format!("{at}.algorithm"), message);
    }
    positive(sink, &format!("{at}.lifetime"), Some(file.lifetime));
    let key = parts::template(sink, &format!("{at}.key"), &file.key, known);
    let header = parts::json_entries(sink, &format!("{at}.header"), &file.header, known);
    let claims = parts::json_entries(sink, &format!("{at}.claims"), &file.claims, known);
    Some(JwtTemplate {
        algorithm: file.algorithm,
        key: key?,
        key_encoding: file.key_encoding,
        header,
        claims,
        lifetime: file.lifetime,
    })
}
