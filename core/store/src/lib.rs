//! Inventory history, runs, effects and counterfoils in SQL.
//!
//! One [`Store`] speaks the vocabulary of `counterfoil-model`. SQL, and which database it is, stay in here; of
//! connectors, files and the order of the stages nothing is known.

pub mod backup;
mod billing;
mod bulk;
mod columns;
mod database;
mod error;
pub mod inventory;
mod known_names;
mod lease;
mod names;
mod names_at_once;
mod notifications;
mod place;
pub mod practice;
mod recording;
pub mod scheduling;
#[cfg(test)]
mod tests;

pub use billing::{
    Approval, ApprovalDecision, Confirmation, DecisionKind, ExchangeBegin, ExchangeEnd,
    MappedCustomers, PastDecision, PastRelease, Paused, PeriodClose, PlanApproval, Receipt,
    Release, RunEnd, RunStatus, Signature, Signed, StoredConfig, StoredEffect, StoredPlan,
    VoidDocument,
};
pub use database::{OpenError, OpenMode, Store};
pub use error::{DatabaseError, StoreError, Trouble, UnknownCase};
pub use known_names::KnownName;
pub use lease::{Lease, beside};
pub use names::{EntityType, NameError, Renamed, Vanished};
pub use names_at_once::Named;
pub use notifications::{
    Attempt, NewNotification, Notification, NotificationMark, NotificationState,
};
pub use recording::Recording;
