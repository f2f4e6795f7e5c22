//! What goes into a query and what comes out of it.
//!
//! Three kinds of value are enough: text, whole numbers and bytes. Times are
//! milliseconds, yes and no are 1 and 0, JSON is text.

use bytes::BytesMut;
use rusqlite::types::{ToSqlOutput, ValueRef};
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};
use trunnel_model::time::Timestamp;

use crate::error::StoreError;

/// One parameter of a query.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Param<'a> {
    Null,
    Int(i64),
    Text(&'a str),
    Bytes(&'a [u8]),
}

/// The parameters of a scoped query: the app and environment, then the rest.
macro_rules! scoped {
    ($scope:expr $(, $value:expr)* $(,)?) => {
        [
            $crate::value::Param::from($scope.app().as_str()),
            $crate::value::Param::from($scope.environment().name()),
            $($crate::value::Param::from($value)),*
        ]
    };
}
pub(crate) use scoped;

impl<'a> From<&'a str> for Param<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text)
    }
}
impl<'a> From<&'a String> for Param<'a> {
    fn from(text: &'a String) -> Self {
        Self::Text(text)
    }
}
impl<'a> From<&'a [u8]> for Param<'a> {
    fn from(bytes: &'a [u8]) -> Self {
        Self::Bytes(bytes)
    }
}
impl<'a> From<&'a Vec<u8>> for Param<'a> {
    fn from(bytes: &'a Vec<u8>) -> Self {
        Self::Bytes(bytes)
    }
}
impl From<i64> for Param<'_> {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}
impl From<bool> for Param<'_> {
    fn from(yes: bool) -> Self {
        Self::Int(i64::from(yes))
    }
}
impl From<Timestamp> for Param<'_> {
    fn from(at: Timestamp) -> Self {
        Self::Int(at.as_millis())
    }
}
impl<T: Into<Self>> From<Option<T>> for Param<'_> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Param::Null, Into::into)
    }
}

impl rusqlite::ToSql for Param<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Int(number) => ValueRef::Integer(*number),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Bytes(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

impl ToSql for Param<'_> {
    fn to_sql(
        &self,
        ty: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match self {
            Self::Null => Ok(IsNull::Yes),
            Self::Int(number) => number.to_sql_checked(ty, out),
            Self::Text(text) => text.to_sql_checked(ty, out),
            Self::Bytes(bytes) => bytes.to_sql_checked(ty, out),
        }
    }

    // Each value checks for itself, because null fits every type.
    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

/// One row of an answer, read by position.
#[derive(Debug)]
pub(crate) enum Row<'r> {
    Sqlite(&'r rusqlite::Row<'r>),
    Postgres(&'r tokio_postgres::Row),
}

macro_rules! getter {
    ($($(#[$doc:meta])* $name:ident -> $ty:ty;)+) => {$(
        $(#[$doc])*
        pub(crate) fn $name(&self, at: usize) -> Result<$ty, StoreError> {
            match self {
                Self::Sqlite(row) => row.get(at).map_err(StoreError::from),
                Self::Postgres(row) => row.try_get(at).map_err(StoreError::from),
            }
        }
    )+};
}

impl Row<'_> {
    getter! {
        text -> String;
        opt_text -> Option<String>;
        int -> i64;
        opt_int -> Option<i64>;
        bytes -> Vec<u8>;
        opt_bytes -> Option<Vec<u8>>;
    }

    pub(crate) fn yes(&self, at: usize) -> Result<bool, StoreError> {
        Ok(self.int(at)? != 0)
    }

    pub(crate) fn time(&self, at: usize) -> Result<Timestamp, StoreError> {
        self.int(at).map(Timestamp::from_millis)
    }

    pub(crate) fn opt_time(&self, at: usize) -> Result<Option<Timestamp>, StoreError> {
        Ok(self.opt_int(at)?.map(Timestamp::from_millis))
    }

    /// A column that holds the text of a domain type; what the type refuses is
    /// damage, and the error says where.
    pub(crate) fn parsed<T, E: std::fmt::Display>(
        &self,
        at: usize,
        place: &'static str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<T, StoreError> {
        let text = self.text(at)?;
        parse(&text).map_err(|why| StoreError::Damaged {
            place,
            why: why.to_string(),
        })
    }
}
