//! Answering as planned.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::Json;
use axum::body::{Body, Bytes, HttpBody};
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use http_body::Frame;
use serde_json::json;
use trunnel_model::time::Sleep;

use super::Answer;

/// Longer than any client waits.
const TIMEOUT_MS: u64 = 10 * 60 * 1000;

/// Does the work, or does not, and answers as planned.
pub(crate) async fn perform(
    answer: Answer,
    sleep: &dyn Sleep,
    work: impl Future<Output = Response>,
) -> Response {
    match answer {
        Answer::Honest | Answer::NoExpiresIn => work.await,
        Answer::TooMany { retry_after_s } => {
            let wait = [(header::RETRY_AFTER, retry_after_s.to_string())];
            (StatusCode::TOO_MANY_REQUESTS, wait, planned("rate_limited")).into_response()
        }
        Answer::ServerError => {
            (StatusCode::INTERNAL_SERVER_ERROR, planned("server_error")).into_response()
        }
        Answer::Timeout => {
            sleep.sleep(TIMEOUT_MS).await;
            StatusCode::GATEWAY_TIMEOUT.into_response()
        }
        Answer::LostReply => {
            work.await;
            lost()
        }
        Answer::Html => {
            Html("<!doctype html><title>Maintenance</title><p>Back soon.").into_response()
        }
        Answer::Slow { millis } => {
            sleep.sleep(u64::from(millis)).await;
            work.await
        }
    }
}

fn planned(error: &str) -> Json<serde_json::Value> {
    Json(json!({"error": error, "error_description": "this failure was asked for"}))
}

/// An answer of which nothing useful arrives: the connection breaks off before the
/// body, whose length was promised.
fn lost() -> Response {
    let headers = [
        (header::CONTENT_TYPE, "application/json"),
        (header::CONTENT_LENGTH, "512"),
    ];
    (headers, Body::new(Broken)).into_response()
}

struct Broken;

impl HttpBody for Broken {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        Poll::Ready(Some(Err(io::ErrorKind::ConnectionAborted.into())))
    }
}
