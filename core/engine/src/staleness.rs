//! Revenue that rests on presumption: sources whose last coverage is too long ago, and endings that wait for a person.

use counterfoil_model::finding::{Finding, FindingCode, Severity};
use counterfoil_model::money::{Currency, Money};
use counterfoil_model::plan::LookBack;
use counterfoil_model::time::BillingPeriod;
use counterfoil_store::StoreError;

use crate::rating::PeriodRated;
use crate::session::{Session, Wired};

/// What makes the period's bill uncertain.
pub(crate) async fn findings(
    session: &Session,
    wired: &Wired<'_>,
    period: &BillingPeriod,
    rated: &[(PeriodRated, LookBack)],
) -> Result<Vec<Finding>, StoreError> {
    let mut findings = Vec::new();
    let limit_secs = i64::from(wired.pipeline.config.staleness_hours_max) * 3600;
    for (id, source) in &wired.sources {
        for (scope, covered_until) in session.store.covered_until(*id).await? {
            let missing_secs =
                period.period().to().seconds().min(session.now.seconds()) - covered_until.seconds();
            if missing_secs > limit_secs {
                findings.push(Finding {
                    code: FindingCode::Stale,
                    severity: Severity::Blocking,
                    subject: format!("{} {scope}", source.name),
                    message: format!(
                        "the last {} hours of the period are presumed: nothing was listed since",
                        missing_secs / 3600
                    ),
                    next_step: format!(
                        "run `counterfoil discover --source {}`, and plan again",
                        source.name
                    ),
                    value: presumed_value(rated, period),
                    since: Some(covered_until),
                });
            }
        }
        for withheld in session.store.withheld_pending(*id).await? {
            findings.push(Finding {
                code: FindingCode::WithheldEndings,
                severity: Severity::Warning,
                subject: format!("{} {}", source.name, withheld.scope),
                message: format!(
                    "{} of {} resources were absent at once, and are billed on until a person decides",
                    withheld.absent, withheld.known
                ),
                next_step: format!(
                    "`counterfoil inventory approve-withheld {0} --ceiling {1} --by NAME` ends them, `dismiss-withheld {0}` keeps them",
                    withheld.id, withheld.absent
                ),
                value: None,
                since: Some(withheld.valid),
            });
        }
    }
    Ok(findings)
}

/// What is charged for presumed presence, if it is all in one currency.
fn presumed_value(rated: &[(PeriodRated, LookBack)], period: &BillingPeriod) -> Option<Money> {
    let asked = rated.iter().find(|(rated, _)| rated.period == *period)?;
    let presumed = asked
        .0
        .rated
        .charges
        .iter()
        .filter(|charge| charge.explanation.presumed_seconds > 0);
    let nets: Vec<Money> = presumed.map(|charge| charge.net).collect();
    let currency: Currency = nets.first()?.currency();
    Money::sum(nets, currency).ok()
}
