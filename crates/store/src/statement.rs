//! One SQL text per query, for both databases.
//!
//! The text is written in the subset that both understand, with `?1`, `?2` for
//! its parameters. The few words that only PostgreSQL knows stand in a comment,
//! which SQLite skips: see [`Statement::postgres`].

use std::sync::OnceLock;

/// A query known by name. Only [`statements!`] makes one, so every query of the
/// product is in [`crate::all_statements`], which a test prepares on both databases.
#[derive(Debug)]
pub struct Statement {
    name: &'static str,
    text: &'static str,
    postgres: OnceLock<String>,
}

impl Statement {
    pub(crate) const fn new(name: &'static str, text: &'static str) -> Self {
        Self {
            name,
            text,
            postgres: OnceLock::new(),
        }
    }

    pub const fn name(&self) -> &'static str {
        self.name
    }

    pub const fn sqlite(&self) -> &'static str {
        self.text
    }

    /// The same text with PostgreSQL's placeholders, with the words that `/*pg ... */`
    /// hides from SQLite, and without `INDEXED BY`, which only SQLite knows.
    pub fn postgres(&self) -> &str {
        self.postgres.get_or_init(|| {
            without_hints(self.text)
                .replace("/*pg ", "")
                .replace("*/", "")
                .replace('?', "$")
        })
    }
}

fn without_hints(text: &str) -> String {
    let mut parts = text.split("INDEXED BY ");
    let mut kept = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        // The index's name goes, too.
        kept.push_str(part.split_once(' ').map_or("", |(_, rest)| rest));
    }
    kept
}

/// Declares a file's queries and the list of them.
macro_rules! statements {
    ($noun:literal: $($name:ident = $text:expr;)+) => {
        $(pub(crate) static $name: $crate::statement::Statement =
            $crate::statement::Statement::new(concat!($noun, ".", stringify!($name)), $text);)+
        pub(crate) static STATEMENTS: &[&$crate::statement::Statement] = &[$(&$name),+];
    };
}
pub(crate) use statements;
