//! Judges rows one after the other, and keeps in mind why rows may be missing. Whether a row changed it does not know.

use counterfoil_sdk::source::{BrokenRow, Observation};

use crate::grid::RowView;
use crate::observe::{self, Lens};
use crate::rows::{self, Role, RowFault};
use crate::survey::Survey;

/// What a row is.
#[derive(Debug)]
pub(crate) enum Verdict {
    NoData,
    Broken(BrokenRow),
    /// A row with an id, to be observed.
    Resource(String),
}

/// Rows have to be shown in their order.
#[derive(Debug)]
pub(crate) struct Judge<'a> {
    /// Of the file, for people.
    path: &'a str,
    lens: Lens<'a>,
    survey: &'a Survey,
    doubts: Doubts,
}

impl<'a> Judge<'a> {
    pub(crate) fn new(path: &'a str, lens: Lens<'a>, survey: &'a Survey) -> Self {
        Self {
            path,
            lens,
            survey,
            doubts: Doubts::default(),
        }
    }

    pub(crate) fn judge(&mut self, row: &RowView<'_>) -> Verdict {
        let Lens {
            header, mapping, ..
        } = self.lens;
        if rows::role(row, header, mapping) != Role::Data {
            return Verdict::NoData;
        }
        let fault = rows::fault(row, header, self.survey.usual_width);
        let id = rows::id(row, header, mapping, fault);
        self.doubts.note(row, fault, id.is_some());
        if let Some(broken) = unreadable(row, fault, id.as_deref(), || self.place(row)) {
            return Verdict::Broken(broken);
        }
        let id = id.expect("a row without an id is unreadable").into_owned();
        Verdict::Resource(id)
    }

    pub(crate) fn observe(&self, row: &RowView<'_>, id: &str) -> Result<Observation, BrokenRow> {
        observe::observe(row, id, self.place(row), self.lens)
    }

    pub(crate) fn into_reason(self) -> Option<String> {
        self.doubts.reason()
    }

    fn place(&self, row: &RowView<'_>) -> String {
        format!("{} row {}", self.path, row.number)
    }
}

/// Why rows may be missing, counted while the rows are judged.
#[derive(Debug, Default)]
struct Doubts {
    without_id: u32,
    cut_off: Option<String>,
    swallowing: u32,
}

impl Doubts {
    fn note(&mut self, row: &RowView<'_>, fault: Option<RowFault>, has_id: bool) {
        if !has_id {
            self.without_id += 1;
        }
        match fault {
            Some(fault @ (RowFault::OpenQuote | RowFault::NoLineEnd)) => {
                self.cut_off = Some(format!("row {} {fault}", row.number));
            }
            Some(RowFault::Width { .. }) if row.spans_lines() => {
                self.swallowing += 1;
            }
            Some(RowFault::Width { .. }) | None => {}
        }
    }

    fn reason(&self) -> Option<String> {
        let mut reasons: Vec<String> = self.cut_off.clone().into_iter().collect();
        if self.without_id > 0 {
            reasons.push(format!("rows whose id cannot be read: {}", self.without_id));
        }
        if self.swallowing > 0 {
            reasons.push(format!(
                "broken rows that may hold others: {}",
                self.swallowing
            ));
        }
        (!reasons.is_empty()).then(|| reasons.join("; "))
    }
}

/// A row that is broken before any of its values is looked at.
fn unreadable(
    row: &RowView<'_>,
    fault: Option<RowFault>,
    id: Option<&str>,
    place: impl Fn() -> String,
) -> Option<BrokenRow> {
    let (message, hint) = match (fault, id) {
        (Some(fault), _) => {
            let swallowed = if row.spans_lines() && fault != RowFault::OpenQuote {
                ", and a line break inside a quote"
            } else {
                ""
            };
            (format!("the row {fault}{swallowed}"), fault.hint())
        }
        (None, None) => (
            "the row has no id that can be read".to_owned(),
            "if it is no resource, add its first text to `totals`",
        ),
        (None, Some(_)) => return None,
    };
    Some(BrokenRow {
        place: place(),
        id: id.map(str::to_owned),
        message,
        hint: Some(hint.to_owned()),
    })
}
