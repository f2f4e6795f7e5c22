//! Rows out of a file, one at a time: CSV with a line of names, or a JSON object a line.
//!
//! Nothing that a row holds is repeated in what is said about it, and neither is a line
//! of names that may be a row: it could be a secret.

use std::io::BufRead;

use serde_json::{Map, Value};
use trunnel_catalog::Fields;
use trunnel_model::fault::{Fault, FaultCode};

use crate::connection::tokens::is_empty;

/// The longest line of JSON.
const LONGEST_LINE: u64 = 256 * 1024;

/// Before the name of a value that is called like one of a row's own.
const VALUE: &str = "auth.";
const METADATA: &str = "metadata.";

/// One connection as a file writes it.
#[derive(Debug, Clone)]
pub struct ImportRow {
    pub account: String,
    /// For an account that is not there yet.
    pub name: Option<String>,
    pub slug: String,
    /// An auth option's id, or its family.
    pub auth_type: Option<String>,
    /// The connection that is to be renewed, where it is not the default one.
    pub connection: Option<String>,
    pub metadata: Option<Fields>,
    /// Tokens or keys, and the connection's fields.
    pub values: Map<String, Value>,
}

/// Reads rows, each with its number as a spreadsheet or an editor counts it.
pub struct RowReader<R: BufRead> {
    source: Source<R>,
}

enum Source<R: BufRead> {
    Csv {
        names: Vec<String>,
        rows: csv::StringRecordsIntoIter<R>,
        number: u64,
    },
    Lines {
        input: R,
        number: u64,
    },
    Broken,
}

impl<R: BufRead> RowReader<R> {
    /// Looks at the first character: an object begins with a brace, and a line of names
    /// does not.
    ///
    /// # Errors
    /// 400 when nothing can be read, or the line of names lacks what it needs.
    pub fn new(mut input: R) -> Result<Self, Fault> {
        let start = input.fill_buf().map_err(|_| unreadable())?;
        let first = start.iter().find(|byte| !byte.is_ascii_whitespace());
        if first == Some(&b'{') {
            return Ok(Self {
                source: Source::Lines { input, number: 0 },
            });
        }
        let mut reader = csv::ReaderBuilder::new()
            .flexible(true)
            .trim(csv::Trim::All)
            .from_reader(input);
        let names = reader.headers().map_err(|_| unreadable())?;
        let names: Vec<String> = names
            .iter()
            .map(|name| name.trim_start_matches('\u{feff}').to_owned())
            .collect();
        for needed in ["linked_account_id", "slug"] {
            if !names.iter().any(|name| name == needed) {
                return Err(Fault::field(
                    needed,
                    format!("the first line names the columns, and `{needed}` is not among them"),
                ));
            }
        }
        Ok(Self {
            source: Source::Csv {
                names,
                rows: reader.into_records(),
                number: 1,
            },
        })
    }
}

impl<R: BufRead> Iterator for RowReader<R> {
    type Item = (u64, Result<ImportRow, Fault>);

    fn next(&mut self) -> Option<Self::Item> {
        let (number, row) = match &mut self.source {
            Source::Broken => return None,
            Source::Csv {
                names,
                rows,
                number,
            } => {
                let record = rows.next()?;
                *number += 1;
                let io = matches!(&record, Err(error) if error.is_io_error());
                let line = match record {
                    Ok(record) => members(names, &record).map_err(|fault| (fault, false)),
                    Err(_) => Err((unreadable(), io)),
                };
                (*number, line)
            }
            Source::Lines { input, number } => {
                let (skipped, line) = next_line(input)?;
                *number += skipped;
                (*number, line)
            }
        };
        let row = row.map_err(|(fault, broken)| {
            if broken {
                self.source = Source::Broken;
            }
            fault
        });
        Some((number, row.and_then(row_of)))
    }
}

type Line = Result<Map<String, Value>, (Fault, bool)>;

/// The next line that is not empty, and how many lines on it is.
fn next_line(input: &mut impl BufRead) -> Option<(u64, Line)> {
    let mut skipped = 0;
    loop {
        let mut line = Vec::new();
        let mut limited = std::io::Read::take(&mut *input, LONGEST_LINE);
        match limited.read_until(b'\n', &mut line) {
            Ok(0) => return None,
            Err(_) => return Some((skipped + 1, Err((unreadable(), true)))),
            Ok(_) => skipped += 1,
        }
        if line.len() as u64 >= LONGEST_LINE {
            let message = format!("the line is longer than {LONGEST_LINE} bytes");
            let fault = Fault::bad_request(FaultCode::ValidationError, message);
            return Some((skipped, Err((fault, true))));
        }
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        let object = match serde_json::from_slice(&line) {
            Ok(Value::Object(members)) => Ok(members),
            _ => Err((
                Fault::bad_request(FaultCode::ValidationError, "the line is not a JSON object"),
                false,
            )),
        };
        return Some((skipped, object));
    }
}

fn members(names: &[String], record: &csv::StringRecord) -> Result<Map<String, Value>, Fault> {
    if record.len() > names.len() {
        return Err(Fault::bad_request(
            FaultCode::ValidationError,
            format!(
                "the row has {} cells and the first line {} names",
                record.len(),
                names.len()
            ),
        ));
    }
    let cells = names.iter().zip(record.iter());
    let given = cells.filter(|(_, cell)| !cell.is_empty());
    Ok(given
        .map(|(name, cell)| (name.clone(), Value::String(cell.to_owned())))
        .collect())
}

fn row_of(mut members: Map<String, Value>) -> Result<ImportRow, Fault> {
    members.retain(|_, value| !is_empty(value));
    let account = text(&mut members, "linked_account_id")?;
    let slug = text(&mut members, "slug")?;
    let auth_type = text(&mut members, "auth_type")?.or(text(&mut members, "auth_option")?);
    let mut row = ImportRow {
        account: account.ok_or_else(|| required("linked_account_id"))?,
        name: text(&mut members, "name")?,
        slug: slug.ok_or_else(|| required("slug"))?,
        auth_type,
        connection: text(&mut members, "connection_id")?,
        metadata: object(&mut members, "metadata")?,
        values: object(&mut members, "auth")?.unwrap_or_default(),
    };
    for (name, value) in members {
        if let Some(name) = name.strip_prefix(METADATA) {
            let metadata = row.metadata.get_or_insert_default();
            metadata.insert(name.to_owned(), value);
        } else {
            let name = name.strip_prefix(VALUE).unwrap_or(&name).to_owned();
            row.values.insert(name, value);
        }
    }
    Ok(row)
}

fn text(members: &mut Map<String, Value>, name: &str) -> Result<Option<String>, Fault> {
    match members.remove(name) {
        None => Ok(None),
        Some(Value::String(text)) if !text.contains('\0') => Ok(Some(text.trim().to_owned())),
        Some(Value::Number(number)) => Ok(Some(number.to_string())),
        Some(_) => Err(Fault::field(name, format!("`{name}` must be a text"))),
    }
}

/// An object, or the text of one in a cell.
fn object(members: &mut Map<String, Value>, name: &str) -> Result<Option<Fields>, Fault> {
    let value = match members.remove(name) {
        Some(Value::String(text)) => serde_json::from_str(&text).unwrap_or(Value::Null),
        None => return Ok(None),
        Some(value) => value,
    };
    match value {
        Value::Object(members) => Ok(Some(members)),
        _ => Err(Fault::field(
            name,
            format!("`{name}` must be a JSON object"),
        )),
    }
}

fn required(name: &str) -> Fault {
    Fault::field(name, format!("`{name}` is required"))
}

fn unreadable() -> Fault {
    Fault::bad_request(
        FaultCode::ValidationError,
        "it cannot be read: rows are CSV in UTF-8 with a first line of names, or a JSON object a \
         line",
    )
}
