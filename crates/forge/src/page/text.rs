//! The page's words.

use std::fmt::Write as _;

use super::{Entry, Origin, frequencies};

const REPORTING: &str = "\
## A fact is wrong

Open an issue with the slug, what the file says, what is right, and the page of the provider that says so; without such a
page, what was sent and what came back, without the credential. To repair it yourself: in a file that is written by hand,
change the file and its examples; in a generated one, change `catalog/facts/corrections.yaml`, run

```
cargo run -p trunnel-forge -- catalog
cargo run -p trunnel-forge -- docs
```

and commit all of it together. An address that differs from the facts on purpose gets its reason in
`crates/forge/tests/it/deviations.rs`. Nobody has to wait for a release: a folder given with `--connectors` takes the place
of built-in connectors.

## Taking a file over

A file is generated as long as its first line says so. Delete that line, and the file is yours: it is never written over
again. Add `actions/`, `examples/` and `triggers.yaml` beside it as [connectors.md](connectors.md) describes; they are
not touched in generated folders either. A file that was taken over no longer follows corrections of its facts, and
is still compared with them.
";

pub(super) fn page(entries: &[Entry]) -> String {
    let (own, others): (Vec<_>, Vec<_>) = entries.iter().partition(|entry| {
        entry.actions > 0 || matches!(entry.origin, Origin::Written | Origin::Instance)
    });
    let (rows, corrections): (Vec<_>, Vec<_>) = others
        .into_iter()
        .partition(|entry| entry.origin == Origin::Rows);
    let mut text = String::from(
        "<!-- Written by `cargo run -p trunnel-forge -- docs`; a test compares it with the files. -->\n\n\
         # The catalogue\n\n",
    );
    text.push_str(&counts(entries, own.len(), rows.len(), corrections.len()));
    text.push_str(&ways(entries));
    text.push_str("## With actions of their own\n\n");
    text.push_str(OWN);
    text.push_str(&table(&own));
    text.push_str("\n## From facts\n\n");
    text.push_str(ROWS);
    text.push_str(&list(&rows));
    if !corrections.is_empty() {
        text.push_str("\n## From our own reading\n\n");
        text.push_str(CORRECTIONS);
        text.push_str(&list(&corrections));
    }
    text.push('\n');
    text.push_str(REPORTING);
    text
}

const OWN: &str = "\
What \"checked\" says:

- *examples*: requests and answers checked against examples of the shape its documentation shows; never run against the
  provider. The values are invented. Of triggers, the sample is recognised and the proof is made in the tests as the file
  says; no webhook of a provider was ever received.
- *end to end*: run end to end in the tests, every action over HTTP, against the Playground in the same binary; and examples.

";

const ROWS: &str = "\
Addresses from public facts, checked URL by URL against them: base, consent, token and refresh URL and the headers of a
call are built from example values and compared with the facts. That shows that the files say what the facts say, not that
the facts are right; never run against the provider. `httprequest` and the raw proxy only.

";

const CORRECTIONS: &str = "\
As above, but not compared with anything: the facts have no row for these, so their addresses were written from what the
providers publish, and there is no second source. Never run against the provider. `httprequest` and the raw proxy only.

";

fn counts(entries: &[Entry], own: usize, rows: usize, corrections: usize) -> String {
    let actions: usize = entries.iter().map(|entry| entry.actions).sum();
    let triggers: usize = entries.iter().map(|entry| entry.triggers).sum();
    let with_triggers = entries.iter().filter(|entry| entry.triggers > 0).count();
    let options: usize = entries.iter().map(|entry| entry.options).sum();
    format!(
        "{} connectors with {options} ways to connect:\n\n\
         | | connectors |\n| --- | ---: |\n\
         | written by hand, with {actions} actions; {with_triggers} of them with {triggers} triggers | {own} |\n\
         | generated from public facts and compared with them | {rows} |\n\
         | generated from our own reading of public documentation, compared with nothing | {corrections} |\n\n\
         Every connector can be called with the action `httprequest` and through the raw proxy \
         ([api.md](api.md)).\n\n",
        entries.len(),
    )
}

fn ways(entries: &[Entry]) -> String {
    let mut text = String::from("| way to connect | connectors |\n| --- | ---: |\n");
    for (way, count) in frequencies(entries) {
        let _ = writeln!(text, "| {way} | {count} |");
    }
    text.push('\n');
    text
}

fn table(entries: &[&Entry]) -> String {
    let mut text = String::from(
        "| slug | name | ways to connect | actions | triggers | checked |\n\
         | --- | --- | --- | ---: | ---: | --- |\n",
    );
    for entry in entries {
        let checked = match entry.origin {
            Origin::Instance => "end to end",
            _ => "examples",
        };
        let _ = writeln!(
            text,
            "| `{}` | {} | {} | {} | {} | {checked} |",
            entry.slug,
            entry.name.replace('|', "\\|"),
            entry.ways.join("; "),
            entry.actions,
            entry.triggers,
        );
    }
    text
}

fn list(entries: &[&Entry]) -> String {
    let mut text = String::new();
    for entry in entries {
        let ways = entry.ways.join("; ");
        let _ = writeln!(text, "- `{}` {}: {ways}", entry.slug, entry.name);
    }
    text
}
