//! The table, and a line of progress for each measurement.

use crate::load::Figures;

#[derive(Default)]
pub(crate) struct Report {
    rows: Vec<[String; 5]>,
}

impl Report {
    #[expect(clippy::print_stdout, reason = "the table is this program's answer")]
    pub(crate) fn print(&self) {
        let head = ["what", "measured", "beside", "ratio", "budget"];
        println!("| {} |", head.join(" | "));
        println!("|{}", "---|".repeat(head.len()));
        for row in &self.rows {
            println!("| {} |", row.join(" | "));
        }
    }

    fn add(&mut self, row: [String; 5]) {
        note(&row.join("  "));
        self.rows.push(row);
    }

    pub(crate) fn limit(&mut self, what: &str, figures: &Figures) {
        self.add([
            format!("limit: {what}"),
            throughput(figures),
            String::new(),
            String::new(),
            String::new(),
        ]);
    }

    pub(crate) fn row(
        &mut self,
        what: &str,
        accounts: u64,
        ours: &Figures,
        limit: &Figures,
        budget: f64,
    ) {
        let ratio = ours.per_second / limit.per_second;
        self.add([
            format!("{what}, {accounts} accounts"),
            throughput(ours),
            format!("{:.0}/s", limit.per_second),
            format!("{:.0}%", ratio * 100.0),
            format!("at least {:.0}%", budget * 100.0),
        ]);
    }

    /// The action's latency minus the upstream's own, at the same percentile.
    pub(crate) fn overhead(&mut self, direct: &Figures, through: &Figures) {
        for (name, ours, theirs, budget) in [
            ("p50", through.p50_us, direct.p50_us, "under 300 us"),
            ("p99", through.p99_us, direct.p99_us, "under 2000 us"),
        ] {
            self.add([
                format!("action overhead, {name}, 32 connections"),
                format!("{:.0} us more", ours - theirs),
                format!("{theirs:.0} us direct"),
                format!("{:.1}x", ours / theirs),
                budget.to_owned(),
            ]);
        }
    }

    pub(crate) fn memory(&mut self, when: &str, accounts: u64, mib: f64) {
        let budget = if when == "idle" {
            "under 40 MB"
        } else {
            "under 150 MB"
        };
        self.add([
            format!("resident memory {when}, {accounts} accounts"),
            format!("{mib:.0} MiB"),
            String::new(),
            String::new(),
            budget.to_owned(),
        ]);
    }

    pub(crate) fn cold_start(&mut self, millis: u128) {
        self.add([
            "cold start to first 200, empty data directory".to_owned(),
            format!("{millis} ms"),
            String::new(),
            String::new(),
            "under 200 ms".to_owned(),
        ]);
    }

    pub(crate) fn binary_size(&mut self, bytes: u64) {
        self.add([
            "binary, stripped".to_owned(),
            format!("{} MB", bytes / 1_000_000),
            String::new(),
            String::new(),
            "under 45 MB".to_owned(),
        ]);
    }
}

fn throughput(figures: &Figures) -> String {
    format!(
        "{:.0}/s, p99 {:.1} ms",
        figures.per_second,
        figures.p99_us / 1000.0
    )
}

#[expect(clippy::print_stderr, reason = "long work shows progress")]
pub(crate) fn note(text: &str) {
    eprintln!("bench: {text}");
}
