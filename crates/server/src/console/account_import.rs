//! Many accounts out of a CSV file; what has come of it is told while it goes on.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use bytes::{Bytes, BytesMut};
use futures_util::{Stream, StreamExt as _, stream};
use serde_json::{Value, json};
use tokio::sync::mpsc;
use trunnel_core::{AccountRows, ImportCounts, ImportNews, MAX_IMPORT_BYTES};
use trunnel_model::fault::{Fault, FaultCode};
use trunnel_model::role::Permission;

use super::caller::Scoped;
use crate::app::Server;
use crate::problem::Problem;
use crate::routes::{Access, Routes};

pub(crate) fn routes() -> Routes {
    const IMPORT: &str = "/console/api/{app_id}/{environment}/account-import";
    Routes::default().post(Access::Member(Permission::AccountsWrite), IMPORT, import)
}

async fn import(
    State(server): State<Server>,
    Scoped(ctx): Scoped,
    request: Request,
) -> Result<Response, Problem> {
    let rows = AccountRows::new(&file(request).await?)?;
    let news = server.core.import_accounts(&ctx, rows);
    let headers = [
        (CONTENT_TYPE, "application/x-ndjson"),
        (CACHE_CONTROL, "no-store"),
    ];
    Ok((headers, Body::from_stream(lines(news))).into_response())
}

/// So much of a file that is too large is still read, and thrown away: a browser that is
/// answered while it sends shows no answer.
const MOST_READ: usize = 4 * MAX_IMPORT_BYTES;

/// The whole file: nothing is begun that turns out to be too large. Other routes take
/// much smaller bodies.
async fn file(request: Request) -> Result<Bytes, Fault> {
    let mut chunks = request.into_body().into_data_stream();
    let (mut whole, mut read) = (BytesMut::new(), 0);
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk
            .map_err(|_| Fault::bad_request(FaultCode::BadRequest, "the file could not be read"))?;
        read += chunk.len();
        if read > MOST_READ {
            break;
        }
        if read > MAX_IMPORT_BYTES {
            whole = BytesMut::new();
        } else {
            whole.extend_from_slice(&chunk);
        }
    }
    if read > MAX_IMPORT_BYTES {
        return Err(too_large());
    }
    Ok(whole.freeze())
}

fn too_large() -> Fault {
    let mebibytes = MAX_IMPORT_BYTES / (1024 * 1024);
    Fault::new(
        413,
        FaultCode::PayloadTooLarge,
        format!("the file is larger than {mebibytes} MiB; send it in several"),
    )
}

/// A line of JSON for each piece of news. When the client goes away this is dropped, and
/// the import notices.
fn lines(
    news: mpsc::Receiver<Vec<ImportNews>>,
) -> impl Stream<Item = Result<String, std::convert::Infallible>> {
    stream::unfold(news, async |mut news| {
        let some = news.recv().await?;
        let mut text = String::new();
        for one in &some {
            text.push_str(&line(one).to_string());
            text.push('\n');
        }
        Some((Ok(text), news))
    })
}

fn line(news: &ImportNews) -> Value {
    match news {
        ImportNews::Bad {
            line,
            account,
            column,
            message,
        } => json!({
            "row": line,
            "linked_account_id": account,
            "column": column,
            "message": message,
        }),
        ImportNews::Progress(so_far) => counts(*so_far),
        ImportNews::Done(all) => {
            let mut last = counts(*all);
            last["done"] = json!(true);
            last
        }
        ImportNews::Stopped(so_far) => {
            let mut last = counts(*so_far);
            last["done"] = json!(false);
            last["message"] = json!(
                "The import stopped because of an error on our side. The rows counted here are \
                 done; send the file again for the rest."
            );
            last
        }
    }
}

fn counts(counts: ImportCounts) -> Value {
    json!({
        "rows": counts.rows,
        "created": counts.created,
        "updated": counts.updated,
        "failed": counts.failed,
    })
}
