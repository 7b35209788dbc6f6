//! `counterfoil apply`.

use anyhow::Result;
use clap::Args;
use counterfoil_engine::apply::{ApplyReport, apply};
use counterfoil_engine::notify;
use counterfoil_engine::session::Session;
use counterfoil_model::effect::{EffectAction, State};

use super::{findings, notifications};
use crate::args::{Global, PipelineAndPeriod};
use crate::exit::Exit;
use crate::progress::Bars;
use crate::table::table;

const EXAMPLES: &str = "\
Example:
  counterfoil apply --period 2026-03";

/// Sends what is approved, at most once or parked.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Apply {
    #[command(flatten)]
    pub(crate) what: PipelineAndPeriod,
}

pub(crate) async fn run(global: &Global, session: &Session, what: &Apply) -> Result<Exit> {
    let pipeline = session.pipeline(what.what.pipeline.as_deref())?;
    let wired = session.wire(pipeline).await?;
    let connectors = Global::connectors(session)?;
    let period = session.period(pipeline, what.what.period.as_deref())?;
    let outcome = apply(session, &connectors, &wired, &period, &Bars::new()).await;
    let told = notify::after(session, &wired, "apply", &outcome).await;
    let mut report = outcome?;
    report.notifications = told;
    global.show(&report, || text(&report))?;
    let settled = |state: State| matches!(state, State::Confirmed | State::Verified);
    Ok(
        if report
            .deliveries
            .iter()
            .all(|delivery| settled(delivery.state))
        {
            Exit::Done
        } else {
            Exit::Unconfirmed
        },
    )
}

fn text(report: &ApplyReport) -> String {
    let mut parts = Vec::new();
    if report.deliveries.is_empty() {
        parts.push("nothing to send: everything stands as it should".to_owned());
    } else {
        let rows = report.deliveries.iter().map(|delivery| {
            let action = match delivery.action {
                EffectAction::Create => "create",
                EffectAction::Update => "update",
                EffectAction::Void => "void",
            };
            let waits = delivery
                .wait_until
                .map(|until| format!("waits until {until}"))
                .unwrap_or_default();
            let words = [delivery.message.clone().unwrap_or_default(), waits];
            [
                delivery.account.clone(),
                delivery.reference.clone(),
                action.to_owned(),
                delivery.net.clone(),
                state_text(delivery.state).to_owned(),
                delivery.number.clone().unwrap_or_default(),
                words
                    .into_iter()
                    .filter(|word| !word.is_empty())
                    .collect::<Vec<_>>()
                    .join("; "),
            ]
        });
        parts.push(table(
            &[
                "account",
                "reference",
                "action",
                "net>",
                "state",
                "number",
                "",
            ],
            rows,
        ));
    }
    parts.extend(
        report
            .warnings
            .iter()
            .map(|warning| format!("warning: {warning}")),
    );
    parts.extend(findings::text(&report.findings));
    if let Some(head) = &report.head {
        parts.push(format!("the chain of counterfoils ends at {head}"));
    }
    parts.extend(notifications::told(&report.notifications));
    parts.join("\n\n")
}

fn state_text(state: State) -> &'static str {
    match state {
        State::Planned => "planned",
        State::Sending => "sending",
        State::Unknown => "unknown",
        State::Confirmed => "confirmed",
        State::Verified => "verified",
        State::Rejected => "rejected",
        State::Parked => "parked",
    }
}
