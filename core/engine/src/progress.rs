//! How long work tells that it goes on. The engine does not know who looks.

/// One task at a time.
pub trait Progress: Send + Sync {
    /// A new task begins; `total` where its size is known.
    fn begin(&self, title: &str, total: Option<u64>);
    fn advance(&self, count: u64);
    /// What is being worked on.
    fn note(&self, text: &str);
    fn end(&self);
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
