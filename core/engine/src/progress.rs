//! How long work tells that it goes on. The engine does not know who looks.

use std::sync::Arc;

/// One task at a time.
pub trait Progress: Send + Sync {
    /// A new task begins; `total` where its size is known.
    fn begin(&self, title: &str, total: Option<u64>);
    fn advance(&self, count: u64);
    /// What is being worked on.
    fn note(&self, text: &str);
    fn end(&self);

    /// A listing, as one step of the task, is read until what is answered is dropped. `rows` is how many it had last time.
    fn reading(&self, title: &str, rows: Option<u64>) -> Arc<dyn Reading> {
        let _ = (title, rows);
        Arc::new(Silent)
    }
}

/// How far one listing is read. Called in between the instructions of a connector: it may not block.
pub trait Reading: Send + Sync + std::fmt::Debug {
    fn rows(&self, count: u64);
    /// Of a file, up to which byte of how many.
    fn bytes(&self, until: u64, length: u64);
    /// It is read, and is being kept.
    fn keeping(&self);
}

/// For whoever does not look.
#[derive(Debug, Clone, Copy)]
pub struct Silent;

impl Progress for Silent {
    fn begin(&self, _title: &str, _total: Option<u64>) {}
    fn advance(&self, _count: u64) {}
    fn note(&self, _text: &str) {}
    fn end(&self) {}
}

impl Reading for Silent {
    fn rows(&self, _count: u64) {}
    fn bytes(&self, _until: u64, _length: u64) {}
    fn keeping(&self) {}
}
