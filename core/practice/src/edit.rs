//! Somebody edits a document behind the API's back: by the admin endpoint or by the fault schedule. Neither state
//! nor rules stand in the way, as in a real system's back office.

use counterfoil_store::practice::{
    Document, DocumentId, LineContent, PracticeStoreError, PracticeTransaction,
};
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::amounts::{AmountError, exponent, line_net, parse, parse_minor};

/// What may be edited: the first four belong to a line, the others to the document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum EditField {
    Description,
    /// The net is computed anew.
    Quantity,
    /// The net is computed anew.
    UnitPrice,
    /// Quantity and unit price stay, so that the line does not add up any more.
    Net,
    Reference,
    BuyerReference,
    IssueDate,
    DueDate,
}

impl EditField {
    const fn is_of_line(self) -> bool {
        match self {
            Self::Description | Self::Quantity | Self::UnitPrice | Self::Net => true,
            Self::Reference | Self::BuyerReference | Self::IssueDate | Self::DueDate => false,
        }
    }
}

/// One change of one field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Edit {
    /// The position of the line, from 1.
    pub(crate) line: Option<usize>,
    pub(crate) field: EditField,
    pub(crate) value: String,
}

/// Why an edit is refused.
#[derive(Debug, thiserror::Error)]
pub(crate) enum EditError {
    #[error("is needed: the field is one of a line")]
    LineMissing,
    #[error("must be left out: the field is one of the document")]
    LineSurplus,
    #[error("{line} is not there: the document has {lines} lines")]
    NoSuchLine { line: usize, lines: usize },
    #[error("{0}")]
    Amount(AmountError),
    #[error("must be a date like \"2026-03-31\"")]
    Date,
}

impl EditError {
    /// The field of the edit that is at fault.
    pub(crate) const fn field(&self) -> &'static str {
        match self {
            Self::LineMissing | Self::LineSurplus | Self::NoSuchLine { .. } => "line",
            Self::Amount(_) | Self::Date => "value",
        }
    }
}

impl Edit {
    /// Whether the edit makes sense without a document at hand.
    pub(crate) fn check(&self) -> Result<(), EditError> {
        match (self.field.is_of_line(), self.line) {
            (true, None) => return Err(EditError::LineMissing),
            (false, Some(_)) => return Err(EditError::LineSurplus),
            (true, Some(_)) | (false, None) => {}
        }
        match self.field {
            EditField::Quantity | EditField::UnitPrice | EditField::Net => {
                parse(&self.value).map(drop).map_err(EditError::Amount)
            }
            EditField::IssueDate | EditField::DueDate => self
                .value
                .parse::<Date>()
                .map(drop)
                .map_err(|_| EditError::Date),
            EditField::Description | EditField::Reference | EditField::BuyerReference => Ok(()),
        }
    }

    /// Changes the document in memory.
    pub(crate) fn apply(&self, document: &mut Document) -> Result<(), EditError> {
        self.check()?;
        let exponent = exponent(&document.header.currency)
            .expect("the currency was checked when it was stored");
        let value = self.value.clone();
        match self.field {
            EditField::Reference => document.header.reference = Some(value),
            EditField::BuyerReference => document.header.buyer_reference = Some(value),
            EditField::IssueDate => document.header.issue_date = value,
            EditField::DueDate => document.header.due_date = Some(value),
            EditField::Description => self.line(document)?.description = value,
            EditField::Net => {
                self.line(document)?.net_minor =
                    parse_minor(&value, exponent).map_err(EditError::Amount)?;
            }
            EditField::Quantity => {
                let line = self.line(document)?;
                line.quantity = value;
                compute_net(line, exponent)?;
            }
            EditField::UnitPrice => {
                let line = self.line(document)?;
                line.unit_price = value;
                compute_net(line, exponent)?;
            }
        }
        Ok(())
    }

    fn line<'document>(
        &self,
        document: &'document mut Document,
    ) -> Result<&'document mut LineContent, EditError> {
        let line = self.line.ok_or(EditError::LineMissing)?;
        let lines = document.lines.len();
        line.checked_sub(1)
            .and_then(|index| document.lines.get_mut(index))
            .map(|line| &mut line.content)
            .ok_or(EditError::NoSuchLine { line, lines })
    }
}

fn compute_net(line: &mut LineContent, exponent: u32) -> Result<(), EditError> {
    let net = parse(&line.quantity)
        .and_then(|quantity| line_net(quantity, parse(&line.unit_price)?, exponent));
    line.net_minor = net.map_err(EditError::Amount)?;
    Ok(())
}

/// Why an edit did not reach the database.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SaveEditError {
    #[error("edit {document}: there is no such document")]
    NoDocument { document: DocumentId },
    #[error("edit {document}")]
    Refused {
        document: DocumentId,
        #[source]
        source: EditError,
    },
    #[error("edit {document}")]
    Store {
        document: DocumentId,
        #[source]
        source: PracticeStoreError,
    },
}

/// Changes the document in the database; the caller commits.
pub(crate) async fn save_edit(
    writing: &mut PracticeTransaction,
    id: DocumentId,
    edit: &Edit,
    now: &str,
) -> Result<(), SaveEditError> {
    let store = |source| SaveEditError::Store {
        document: id,
        source,
    };
    let mut document = writing
        .document(id)
        .await
        .map_err(store)?
        .ok_or(SaveEditError::NoDocument { document: id })?;
    edit.apply(&mut document)
        .map_err(|source| SaveEditError::Refused {
            document: id,
            source,
        })?;
    let lines: Vec<_> = document
        .lines
        .iter()
        .map(|line| (Some(line.id), &line.content))
        .collect();
    writing
        .replace_document(id, &document.header, &lines, now)
        .await
        .map_err(store)
}
