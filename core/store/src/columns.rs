//! How the model's values stand in columns: instants as seconds, digests as 32 bytes, records as JSON text.

use std::str::FromStr;

use counterfoil_model::digest::Digest;
use counterfoil_model::time::Instant;
use rusqlite::RowIndex;
use serde::de::DeserializeOwned;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

/// Reads the model's values from a row. A value that cannot be read is a damaged database.
pub(crate) trait Columns {
    fn integer(&self, column: &str) -> Result<i64, sqlx::Error>;
    fn optional_integer(&self, column: &str) -> Result<Option<i64>, sqlx::Error>;
    fn count(&self, column: &str) -> Result<u64, sqlx::Error>;
    fn text(&self, column: &str) -> Result<String, sqlx::Error>;
    fn optional_text(&self, column: &str) -> Result<Option<String>, sqlx::Error>;
    fn blob(&self, column: &str) -> Result<Vec<u8>, sqlx::Error>;
    fn instant(&self, column: &str) -> Result<Instant, sqlx::Error>;
    fn optional_instant(&self, column: &str) -> Result<Option<Instant>, sqlx::Error>;
    fn digest(&self, column: &str) -> Result<Digest, sqlx::Error>;
    fn optional_digest(&self, column: &str) -> Result<Option<Digest>, sqlx::Error>;
    fn json<T: DeserializeOwned>(&self, column: &str) -> Result<T, sqlx::Error>;
    fn parsed<T>(&self, column: &str) -> Result<T, sqlx::Error>
    where
        T: FromStr,
        T::Err: std::error::Error + Send + Sync + 'static;
}

impl Columns for SqliteRow {
    fn integer(&self, column: &str) -> Result<i64, sqlx::Error> {
        self.try_get(column)
    }

    fn optional_integer(&self, column: &str) -> Result<Option<i64>, sqlx::Error> {
        self.try_get(column)
    }

    fn count(&self, column: &str) -> Result<u64, sqlx::Error> {
        u64::try_from(self.integer(column)?).map_err(|source| unreadable(column, source))
    }

    fn text(&self, column: &str) -> Result<String, sqlx::Error> {
        self.try_get(column)
    }

    fn optional_text(&self, column: &str) -> Result<Option<String>, sqlx::Error> {
        self.try_get(column)
    }

    fn blob(&self, column: &str) -> Result<Vec<u8>, sqlx::Error> {
        self.try_get(column)
    }

    fn instant(&self, column: &str) -> Result<Instant, sqlx::Error> {
        read_instant(column, self.integer(column)?)
    }

    fn optional_instant(&self, column: &str) -> Result<Option<Instant>, sqlx::Error> {
        let seconds = self.optional_integer(column)?;
        seconds.map(|at| read_instant(column, at)).transpose()
    }

    fn digest(&self, column: &str) -> Result<Digest, sqlx::Error> {
        read_digest(column, &self.blob(column)?)
    }

    fn optional_digest(&self, column: &str) -> Result<Option<Digest>, sqlx::Error> {
        let bytes: Option<Vec<u8>> = self.try_get(column)?;
        bytes.map(|bytes| read_digest(column, &bytes)).transpose()
    }

    fn json<T: DeserializeOwned>(&self, column: &str) -> Result<T, sqlx::Error> {
        let text: &str = self.try_get(column)?;
        serde_json::from_str(text).map_err(|source| unreadable(column, source))
    }

    fn parsed<T>(&self, column: &str) -> Result<T, sqlx::Error>
    where
        T: FromStr,
        T::Err: std::error::Error + Send + Sync + 'static,
    {
        let text: &str = self.try_get(column)?;
        text.parse().map_err(|source| unreadable(column, source))
    }
}

/// The same for rows of the bulk connections. Columns go by number where rows are many.
pub(crate) trait Cells {
    fn integer<I: RowIndex>(&self, column: I) -> rusqlite::Result<i64>;
    fn optional_integer<I: RowIndex>(&self, column: I) -> rusqlite::Result<Option<i64>>;
    fn text<I: RowIndex>(&self, column: I) -> rusqlite::Result<String>;
    fn optional_text<I: RowIndex>(&self, column: I) -> rusqlite::Result<Option<String>>;
    fn instant<I: RowIndex>(&self, column: I) -> rusqlite::Result<Instant>;
    fn optional_instant<I: RowIndex>(&self, column: I) -> rusqlite::Result<Option<Instant>>;
    fn digest<I: RowIndex>(&self, column: I) -> rusqlite::Result<Digest>;
    fn parsed<T, I: RowIndex>(&self, column: I) -> rusqlite::Result<T>
    where
        T: FromStr,
        T::Err: std::error::Error + Send + Sync + 'static;
}

impl Cells for rusqlite::Row<'_> {
    fn integer<I: RowIndex>(&self, column: I) -> rusqlite::Result<i64> {
        self.get(column)
    }

    fn optional_integer<I: RowIndex>(&self, column: I) -> rusqlite::Result<Option<i64>> {
        self.get(column)
    }

    fn text<I: RowIndex>(&self, column: I) -> rusqlite::Result<String> {
        self.get(column)
    }

    fn optional_text<I: RowIndex>(&self, column: I) -> rusqlite::Result<Option<String>> {
        self.get(column)
    }

    fn instant<I: RowIndex>(&self, column: I) -> rusqlite::Result<Instant> {
        Instant::from_seconds(self.get(column)?).map_err(damaged)
    }

    fn optional_instant<I: RowIndex>(&self, column: I) -> rusqlite::Result<Option<Instant>> {
        let seconds: Option<i64> = self.get(column)?;
        seconds
            .map(Instant::from_seconds)
            .transpose()
            .map_err(damaged)
    }

    fn digest<I: RowIndex>(&self, column: I) -> rusqlite::Result<Digest> {
        let bytes = self.get_ref(column)?.as_blob()?;
        hexadecimal(bytes).parse().map_err(damaged)
    }

    fn parsed<T, I: RowIndex>(&self, column: I) -> rusqlite::Result<T>
    where
        T: FromStr,
        T::Err: std::error::Error + Send + Sync + 'static,
    {
        self.get_ref(column)?.as_str()?.parse().map_err(damaged)
    }
}

/// A value that stands for none of the model's.
pub(crate) fn damaged(source: impl std::error::Error + Send + Sync + 'static) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Text, Box::new(source))
}

pub(crate) fn unreadable(
    column: &str,
    source: impl std::error::Error + Send + Sync + 'static,
) -> sqlx::Error {
    sqlx::Error::ColumnDecode {
        index: column.to_owned(),
        source: Box::new(source),
    }
}

fn read_instant(column: &str, seconds: i64) -> Result<Instant, sqlx::Error> {
    Instant::from_seconds(seconds).map_err(|source| unreadable(column, source))
}

fn read_digest(column: &str, bytes: &[u8]) -> Result<Digest, sqlx::Error> {
    let digest = hexadecimal(bytes).parse();
    digest.map_err(|source| unreadable(column, source))
}

/// The model makes digests from text only; hexadecimal is the one door.
fn hexadecimal(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(64);
    for byte in bytes {
        text.push(char::from(HEX[usize::from(byte >> 4)]));
        text.push(char::from(HEX[usize::from(byte & 15)]));
    }
    text
}

const HEX: &[u8; 16] = b"0123456789abcdef";

/// Gives an enum its text in the database.
macro_rules! stored_as {
    ($name:ty { $($case:ident => $text:literal),+ $(,)? }) => {
        impl $name {
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$case => $text,)+
                }
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::error::UnknownCase;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                match text {
                    $($text => Ok(Self::$case),)+
                    _ => Err($crate::error::UnknownCase(text.to_owned())),
                }
            }
        }
    };
}
pub(crate) use stored_as;

/// Ids as a JSON array: one parameter, however many there are.
pub(crate) fn json_array<T: serde::Serialize>(values: &[T]) -> String {
    serde_json::to_string(values).expect("numbers and texts have a JSON form")
}
