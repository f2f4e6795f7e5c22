//! The generator, through its own doors: the catalogue that it writes, and what it
//! does with facts made up for a test.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod catalogue;
mod deviations;
mod ownership;
mod page;
mod small;
mod support;
mod typed;
mod urls;
