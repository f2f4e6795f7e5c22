//! What the stack can do at best: servers that do one thing and nothing around it.

use std::sync::mpsc;

use axum::body::Bytes;
use axum::extract::State;
use axum::routing::{get, post};
use axum::serve::ListenerExt as _;
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::sync::oneshot;

type Insert = (Bytes, oneshot::Sender<()>);

/// Serves the limits on a free port and prints where.
#[expect(clippy::print_stdout, reason = "the parent reads the address there")]
pub(crate) async fn serve() -> anyhow::Result<()> {
    let dir = tempfile::tempdir()?;
    let (sender, receiver) = mpsc::channel();
    let path = dir.path().join("limit.db");
    std::thread::spawn(move || insert_groups(&path, &receiver));
    let app = Router::new()
        .route("/bare", get(bare))
        .route("/insert", post(insert))
        .with_state(sender);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    println!(
        "{}",
        json!({ "url": format!("http://{}", listener.local_addr()?) })
    );
    let listener = listener.tap_io(|stream| {
        // A socket that is closed already shows it at its first read.
        let _ = stream.set_nodelay(true);
    });
    axum::serve(listener, app).await?;
    Ok(())
}

async fn bare() -> Json<Value> {
    Json(json!({
        "_id": "acct_0353OneIRGh3nUUneQQCNq",
        "account_id": "account-1",
        "name": "A customer of ordinary length",
        "environment": "test",
    }))
}

async fn insert(State(sender): State<mpsc::Sender<Insert>>, body: Bytes) -> Json<Value> {
    let (done, written) = oneshot::channel();
    let queued = sender.send((body, done)).is_ok();
    Json(json!({ "written": queued && written.await.is_ok() }))
}

/// One writer, up to 512 waiting rows in a commit, flushed to disk before anyone is
/// answered: the limit of durable writes on this machine.
fn insert_groups(path: &std::path::Path, waiting: &mpsc::Receiver<Insert>) -> anyhow::Result<()> {
    let connection = rusqlite::Connection::open(path)?;
    connection.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
         CREATE TABLE row (id INTEGER PRIMARY KEY, body BLOB NOT NULL);",
    )?;
    while let Ok(first) = waiting.recv() {
        connection.execute_batch("BEGIN IMMEDIATE")?;
        let mut group = vec![first];
        group.extend(waiting.try_iter().take(511));
        for (body, _) in &group {
            let mut insert = connection.prepare_cached("INSERT INTO row (body) VALUES (?1)")?;
            insert.execute([body.as_ref()])?;
        }
        connection.execute_batch("COMMIT")?;
        for (_, done) in group {
            // The client may have gone; the row is written.
            let _ = done.send(());
        }
    }
    Ok(())
}
