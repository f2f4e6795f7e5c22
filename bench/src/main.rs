//! `make bench`: the budgets, each beside a limit that is measured in the same run.
//!
//! Absolute figures of one machine mean little on another; ratios mean the same
//! everywhere. So every row names the limit it is compared with, and both were
//! measured by the same load generator a moment apart.

mod limit;
mod load;
mod renewal;
mod report;
mod seed;
mod subject;

use std::path::PathBuf;

use anyhow::Context as _;
use load::Load;
use report::Report;
use subject::Subject;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// How many linked accounts there are.
const SMALL: u64 = 1_000;
const LARGE: u64 = 1_000_000;

fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    match arguments.next().as_deref() {
        // The limits are servers in processes of their own, as the subject is.
        Some("limit") => runtime.block_on(limit::serve()),
        Some("renewal") => renewal::renewal(),
        Some("seeds") => renewal::seeds(&arguments.next().unwrap_or_default()),
        Some(binary) => run(&PathBuf::from(binary), &runtime),
        None => anyhow::bail!("usage: trunnel-bench PATH-TO-TRUNNEL | renewal | seeds COUNT"),
    }
}

fn run(binary: &std::path::Path, runtime: &tokio::runtime::Runtime) -> anyhow::Result<()> {
    let load = Load::find()?;
    let mut report = Report::default();
    report.binary_size(
        std::fs::metadata(binary)
            .context("the trunnel binary")?
            .len(),
    );
    cold_start(binary, &mut report)?;

    let limit = Subject::limit()?;
    let bare = load::get(&limit.url("/bare"))?;
    let durable = load.script(&limit.url("/insert"), "insert.lua", &[])?;
    report.limit("bare axum route, JSON", &bare);
    report.limit("one-row durable insert, group commit", &durable);

    for accounts in [SMALL, LARGE] {
        report::note(&format!("seeding {accounts} linked accounts"));
        let data = seed::data_dir(binary, runtime, accounts)?;
        let trunnel = Subject::trunnel(binary, data.path(), &limit.url(""))?;
        report.memory("idle", accounts, trunnel.memory_mib()?);
        read(&load, &trunnel, &bare, accounts, &mut report)?;
        write(&load, &trunnel, &durable, accounts, &mut report)?;
        if accounts == SMALL {
            action(&load, &trunnel, &limit, &mut report)?;
        }
    }
    report.print();
    Ok(())
}

/// From the start of the process to its first answer, with nothing on disk.
fn cold_start(binary: &std::path::Path, report: &mut Report) -> anyhow::Result<()> {
    let mut starts = Vec::new();
    for _ in 0..5 {
        let data = tempfile::tempdir()?;
        starts.push(subject::time_to_first_answer(binary, data.path())?);
    }
    starts.sort_unstable();
    report.cold_start(starts[starts.len() / 2]);
    Ok(())
}

fn read(
    load: &Load,
    trunnel: &Subject,
    bare: &load::Figures,
    accounts: u64,
    report: &mut Report,
) -> anyhow::Result<()> {
    let environment = [
        ("BENCH_KEY", trunnel.key.clone()),
        ("BENCH_ACCOUNTS", accounts.to_string()),
    ];
    let figures = load.script(&trunnel.url(""), "read.lua", &environment)?;
    report.row("authenticated read", accounts, &figures, bare, 0.55);
    report.memory("under full read load", accounts, trunnel.memory_mib()?);
    Ok(())
}

fn write(
    load: &Load,
    trunnel: &Subject,
    durable: &load::Figures,
    accounts: u64,
    report: &mut Report,
) -> anyhow::Result<()> {
    let environment = [
        ("BENCH_KEY", trunnel.key.clone()),
        ("BENCH_PREFIX", "written".to_owned()),
    ];
    let figures = load.script(&trunnel.url(""), "write.lua", &environment)?;
    report.row("durable write", accounts, &figures, durable, 0.40);
    Ok(())
}

/// The same upstream, called directly and through an action, at a moderate rate.
fn action(
    load: &Load,
    trunnel: &Subject,
    limit: &Subject,
    report: &mut Report,
) -> anyhow::Result<()> {
    trunnel.connect_upstream()?;
    let direct = [
        ("BENCH_METHOD", "GET".to_owned()),
        ("BENCH_PATH", "/bare".to_owned()),
    ];
    let direct = load.paced(&limit.url(""), &direct)?;
    let through = [
        ("BENCH_METHOD", "POST".to_owned()),
        (
            "BENCH_PATH",
            "/api/v2/integration-schema/bench_upstream/actions/get/execute".to_owned(),
        ),
        ("BENCH_KEY", trunnel.key.clone()),
        ("BENCH_BODY", "{}".to_owned()),
    ];
    let through = load.paced(&trunnel.url(""), &through)?;
    report.overhead(&direct, &through);
    Ok(())
}
