//! What was decided, intended and delivered: configuration versions, runs, plans, approvals, effects, counterfoils.

mod acceptances;
mod approvals;
mod certificates;
mod chain;
mod confirm;
mod counterfoils;
pub(crate) mod decisions;
mod effects;
mod exchanges;
mod mapped_customers;
mod openings;
mod periods;
mod plans;
mod read_backs;
mod releases;
mod runs;
mod terms;
mod voids;

pub use approvals::{Approval, ApprovalDecision, PlanApproval};
pub use certificates::PeriodClose;
pub use confirm::Confirmation;
pub use decisions::{DecisionKind, PastDecision, Paused, Signature, Signed};
pub use effects::StoredEffect;
pub use exchanges::{ExchangeBegin, ExchangeEnd, Receipt};
pub use mapped_customers::MappedCustomers;
pub use plans::StoredPlan;
pub use releases::{PastRelease, Release};
pub use runs::{RunEnd, RunStatus};
pub use terms::StoredConfig;
pub use voids::VoidDocument;
