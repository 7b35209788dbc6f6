//! How the model's values stand in columns: instants as seconds, digests as 32 bytes, records as JSON text.

use std::str::FromStr;

use counterfoil_model::digest::Digest;
use counterfoil_model::time::Instant;
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

pub(crate) fn read_digest(column: &str, bytes: &[u8]) -> Result<Digest, sqlx::Error> {
    // The model makes digests from text only; hexadecimal is the one door.
    let mut text = String::with_capacity(64);
    for byte in bytes {
        text.push(char::from(HEX[usize::from(byte >> 4)]));
        text.push(char::from(HEX[usize::from(byte & 15)]));
    }
    text.parse().map_err(|source| unreadable(column, source))
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
