//! Close: what stands between a period and its close, and the certificate that nothing of it is unexplained.
//!
//! Must not know where decisions and certificates are kept.

mod certificate;
mod chain;
mod money;
mod reason;
#[cfg(test)]
mod tests;

pub use certificate::{
    AcceptedFinding, Certificate, ClosedAccount, ClosedDocument, Exempted, Sealed, Statement,
};
pub use chain::{Anchored, CertificateError, Written, anchored};
pub use money::{
    AccountMoney, ChargedPeriod, CurrencyMoney, MoneyInput, balance, totals, unbalanced,
};
pub use reason::{Acceptance, Basis, Found, Reason, reasons};
