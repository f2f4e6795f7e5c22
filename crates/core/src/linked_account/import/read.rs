//! Accounts out of a CSV file, one at a time, each with its line.

use std::collections::HashSet;
use std::io::Cursor;

use bytes::Bytes;
use csv::{ByteRecord, Reader, ReaderBuilder};
use trunnel_model::fault::{Fault, FaultCode};
use trunnel_model::linked_account::{AccountChange, MAX_UDF_BYTES, MAX_UDF_KEYS};
use trunnel_model::text::{AccountId, check_label};

/// The largest file.
pub const MAX_IMPORT_BYTES: usize = 20 * 1024 * 1024;

/// More are imported in several files.
const MAX_ROWS: usize = 100_000;

const BOM: &[u8] = b"\xef\xbb\xbf";
const UTF_16: [&[u8]; 2] = [b"\xff\xfe", b"\xfe\xff"];

/// What the first line calls a column.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Column {
    Account(String),
    Name,
    Scope,
    Field(String),
    /// A comma too many at the end of the line; nothing may be in it.
    Unnamed,
}

impl Column {
    fn of(text: &str) -> Self {
        let text = text.trim();
        match text.to_ascii_lowercase().as_str() {
            name @ ("linked_account_id" | "account_id") => Self::Account(name.to_owned()),
            "name" => Self::Name,
            "scope" => Self::Scope,
            "" => Self::Unnamed,
            _ => Self::Field(text.to_owned()),
        }
    }

    fn name(&self) -> &str {
        match self {
            Self::Account(name) | Self::Field(name) => name,
            Self::Name => "name",
            Self::Scope => "scope",
            Self::Unnamed => "",
        }
    }
}

/// What is wrong with a row, and in which column where it is in one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct BadRow {
    pub(super) column: Option<String>,
    pub(super) message: String,
}

impl BadRow {
    pub(super) fn new(message: impl Into<String>) -> Self {
        let message = message.into();
        Self {
            column: None,
            message,
        }
    }

    pub(super) fn at(column: &str, must: impl std::fmt::Display) -> Self {
        Self {
            column: Some(column.to_owned()),
            message: format!("`{column}` {must}"),
        }
    }
}

pub(super) struct Row {
    /// Its first line in the file.
    pub(super) line: u64,
    /// As it is written, where it can be read.
    pub(super) account: Option<String>,
    pub(super) content: Result<(AccountId, AccountChange), BadRow>,
}

/// A file whose first line has been understood.
pub struct AccountRows {
    body: Bytes,
    reader: Reader<Cursor<Bytes>>,
    columns: Vec<Column>,
    record: ByteRecord,
    counted: Counted,
}

/// How many lines begin before a place in the file.
struct Counted {
    byte: usize,
    line: u64,
}

impl AccountRows {
    /// # Errors
    /// 400 when the first line lacks what it needs or no row follows, 413 when too many do.
    pub fn new(body: &Bytes) -> Result<Self, Fault> {
        if UTF_16.iter().any(|mark| body.starts_with(mark)) {
            return Err(bad_file("the file is UTF-16; save it as CSV in UTF-8"));
        }
        let start = if body.starts_with(BOM) { BOM.len() } else { 0 };
        let body = body.slice(start..);
        let mut reader = reader(&body);
        let mut record = ByteRecord::new();
        // It is in memory: reading cannot fail.
        let any = reader.read_byte_record(&mut record).unwrap_or(false);
        if !any {
            return Err(bad_file(
                "the file is empty; its first line names the columns, and each further line is \
                 an account",
            ));
        }
        let columns = columns(&record)?;
        check_size(&body)?;
        Ok(Self {
            reader,
            body,
            columns,
            record,
            counted: Counted { byte: 0, line: 1 },
        })
    }

    /// The line on which the record that was just read begins.
    fn line(&mut self) -> u64 {
        let byte = self.record.position().map_or(0, csv::Position::byte);
        let byte = usize::try_from(byte).unwrap_or(usize::MAX);
        let mut byte = byte.min(self.body.len());
        // Empty lines before it, and the end of the one before.
        while matches!(self.body.get(byte), Some(b'\r' | b'\n')) {
            byte += 1;
        }
        self.counted.line += breaks(&self.body, self.counted.byte, byte);
        self.counted.byte = byte;
        self.counted.line
    }

    /// Whether the file ends inside a quote that was opened in this record: it would have
    /// swallowed all rows behind it.
    fn is_open(&self) -> bool {
        // Only the last one can be: looking at the rest costs nothing then.
        if self.reader.position().byte() < self.body.len() as u64 {
            return false;
        }
        let rest = self.body[self.counted.byte..].trim_ascii_end();
        let quotes = memchr::memchr_iter(b'"', rest).count();
        quotes % 2 == 1 && breaks(rest, 0, rest.len()) > 0
    }

    fn content(&self) -> Result<(AccountId, AccountChange), BadRow> {
        if self.is_open() {
            return Err(BadRow::new(
                "a quote that is opened in this row is not closed until the file ends",
            ));
        }
        if self.record.len() > self.columns.len() {
            return Err(BadRow::new(format!(
                "the row has {} cells and the first line {} names",
                self.record.len(),
                self.columns.len()
            )));
        }
        let mut account = None;
        let mut change = AccountChange::default();
        for (column, cell) in self.columns.iter().zip(&self.record) {
            let name = column.name();
            let cell = str::from_utf8(cell).map_err(|_| BadRow::at(name, "is not UTF-8"))?;
            // What is left empty stays as it is.
            if cell.trim().is_empty() {
                continue;
            }
            match column {
                Column::Account(_) => account = Some(account_id(name, cell)?),
                Column::Name => change.name = Some(label(name, cell, 500)?),
                Column::Scope => change.scope = Some(label(name, cell, 255)?),
                Column::Field(_) => {
                    change.udf.insert(name.to_owned(), Some(field(name, cell)?));
                }
                Column::Unnamed => {
                    return Err(BadRow::new("a cell stands in a column without a name"));
                }
            }
        }
        let account = account.ok_or_else(|| BadRow::at(self.account_column(), "is required"))?;
        Ok((account, change))
    }

    fn account_column(&self) -> &str {
        let mut columns = self.columns.iter();
        columns
            .find(|column| matches!(column, Column::Account(_)))
            .map_or("", Column::name)
    }

    /// Whom the row is about, in whatever state the rest is.
    fn written_account(&self) -> Option<String> {
        let at = self
            .columns
            .iter()
            .position(|column| matches!(column, Column::Account(_)))?;
        let text = str::from_utf8(self.record.get(at)?).ok()?.trim();
        (!text.is_empty() && text.chars().count() <= 255).then(|| text.to_owned())
    }
}

impl AccountRows {
    pub(super) fn next_row(&mut self) -> Option<Row> {
        // It is in memory: reading cannot fail.
        if !self
            .reader
            .read_byte_record(&mut self.record)
            .unwrap_or(false)
        {
            return None;
        }
        Some(Row {
            line: self.line(),
            account: self.written_account(),
            content: self.content(),
        })
    }
}

fn reader(body: &Bytes) -> Reader<Cursor<Bytes>> {
    ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter(body))
        .from_reader(Cursor::new(body.clone()))
}

/// Spreadsheets write semicolons where a comma stands in numbers, and some write tabs.
fn delimiter(body: &[u8]) -> u8 {
    let end = body.iter().position(|byte| matches!(byte, b'\n' | b'\r'));
    let first = &body[..end.unwrap_or(body.len())];
    let others = [b';', b'\t'];
    let other = others.into_iter().find(|other| first.contains(other));
    other.filter(|_| !first.contains(&b',')).unwrap_or(b',')
}

fn columns(record: &ByteRecord) -> Result<Vec<Column>, Fault> {
    let mut columns = Vec::with_capacity(record.len());
    let mut seen = HashSet::new();
    for cell in record {
        let text = str::from_utf8(cell);
        let column = Column::of(text.map_err(|_| bad_file("the file is not UTF-8"))?);
        if column != Column::Unnamed && !seen.insert(column.clone()) {
            return Err(bad_column(column.name(), "stands twice in the first line"));
        }
        if check_label(column.name(), 255).is_err() {
            return Err(bad_file(
                "a column's name has at most 255 characters, without control characters",
            ));
        }
        columns.push(column);
    }
    let count = |is: fn(&Column) -> bool| columns.iter().filter(|column| is(column)).count();
    match count(|column| matches!(column, Column::Account(_))) {
        1 => {}
        0 => {
            return Err(bad_column(
                "linked_account_id",
                "is not among the columns that the first line names",
            ));
        }
        _ => {
            return Err(bad_column(
                "account_id",
                "and `linked_account_id` mean the same; leave one of them out",
            ));
        }
    }
    if count(|column| matches!(column, Column::Field(_))) > MAX_UDF_KEYS {
        return Err(bad_file(&format!(
            "a file has at most {MAX_UDF_KEYS} columns beside the account's id, name and scope"
        )));
    }
    Ok(columns)
}

fn check_size(body: &Bytes) -> Result<(), Fault> {
    // Rows are counted only where there can be too many.
    let rows = if breaks(body, 0, body.len()) > MAX_ROWS as u64 {
        let records = reader(body).into_byte_records();
        records.skip(1).take(MAX_ROWS + 1).count()
    } else {
        usize::from(reader(body).into_byte_records().nth(1).is_some())
    };
    match rows {
        0 => Err(bad_file("there is no row behind the first line")),
        rows if rows > MAX_ROWS => Err(Fault::new(
            413,
            FaultCode::PayloadTooLarge,
            format!("one file has at most {MAX_ROWS} rows; send them in several"),
        )),
        _ => Ok(()),
    }
}

/// The ends of lines from one place to another; `\r\n` is one.
fn breaks(body: &[u8], from: usize, to: usize) -> u64 {
    let part = body.get(from..to).unwrap_or_default();
    let ends = memchr::memchr2_iter(b'\n', b'\r', part);
    let lone = ends.filter(|at| part[*at] == b'\n' || part.get(at + 1) != Some(&b'\n'));
    lone.count() as u64
}

fn account_id(column: &str, cell: &str) -> Result<AccountId, BadRow> {
    AccountId::parse(cell).map_err(|error| BadRow::at(column, format!("has {error}")))
}

fn label(column: &str, cell: &str, max: usize) -> Result<String, BadRow> {
    let text = cell.trim();
    check_label(text, max).map_err(|error| BadRow::at(column, format!("has {error}")))?;
    Ok(text.to_owned())
}

fn field(column: &str, cell: &str) -> Result<String, BadRow> {
    if cell.len() > MAX_UDF_BYTES || cell.contains('\0') {
        let must = format!("has at most {MAX_UDF_BYTES} bytes and no zero character");
        return Err(BadRow::at(column, must));
    }
    Ok(cell.to_owned())
}

fn bad_file(message: &str) -> Fault {
    Fault::bad_request(FaultCode::ValidationError, message)
}

fn bad_column(column: &str, must: &str) -> Fault {
    Fault::field(column, format!("`{column}` {must}"))
}
