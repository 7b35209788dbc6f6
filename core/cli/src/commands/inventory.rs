//! `counterfoil inventory`.

use anyhow::{Context, Result};
use counterfoil_engine::inventory::{self, Change, ChangeKind, Shown, Waiting};
use counterfoil_engine::session::{Session, Wired};
use counterfoil_model::time::TimeZone;
use counterfoil_store::EntityType;
use counterfoil_store::inventory::{Listing, WithheldId};
use serde_json::json;

use crate::args::{Global, Inventory, InventoryQuestion};
use crate::exit::Exit;
use crate::table::table;
use crate::when;

pub(crate) async fn run(global: &Global, session: &Session, what: &Inventory) -> Result<Exit> {
    let pipeline = session.pipeline(what.pipeline.as_deref())?;
    if let InventoryQuestion::Retire { entity, name } = &what.question {
        return retire(global, session, entity, name).await;
    }
    let wired = session.wire(pipeline).await?;
    let zone = &pipeline.zone;
    match &what.question {
        InventoryQuestion::List {
            as_of,
            known_at,
            kind,
        } => {
            let at = as_of
                .as_ref()
                .map(|text| when::instant(text, zone))
                .transpose()?;
            let at = at.unwrap_or_else(|| when::just_before(session.now));
            let known_at = known_at
                .as_ref()
                .map(|text| when::instant(text, zone))
                .transpose()?;
            let shown = inventory::list(session, &wired, at, known_at, kind.as_deref()).await?;
            global.show(&shown, || {
                format!("{}\n\n{} resources at {at}", resources(&shown), shown.len())
            })?;
        }
        InventoryQuestion::Delta { from, to } => {
            delta(global, session, &wired, zone, from, to).await?;
        }
        InventoryQuestion::History { resource } => {
            let shown = inventory::history(session, resource).await?;
            global.show(&shown, || {
                if shown.is_empty() {
                    format!("nothing is known of `{resource}`")
                } else {
                    history(&shown)
                }
            })?;
        }
        InventoryQuestion::Coverage => {
            let log = inventory::coverage(session, &wired).await?;
            let data: Vec<_> = log
                .iter()
                .map(|(source, listing)| coverage_json(source, listing))
                .collect();
            global.show(&data, || coverage(&log))?;
        }
        InventoryQuestion::Broken => broken(global, session, &wired).await?,
        InventoryQuestion::Withheld => return withheld(global, session, &wired).await,
        InventoryQuestion::ApproveWithheld { id, ceiling, by } => {
            let now = session.now;
            let waiting = inventory::withheld(session, &wired).await?;
            let asked = waiting.iter().find(|one| one.endings.id.0 == *id);
            let per_month = asked.and_then(|one| one.per_month);
            session
                .store
                .approve_withheld(WithheldId(*id), u64::from(*ceiling), by, now)
                .await?;
            let data = json!({ "withheld": id, "state": "approved", "per_month": per_month });
            global.show(&data, || match per_month {
                Some(money) => {
                    format!("the endings of {id} happened: {money} a month is billed no more")
                }
                None => format!("the endings of {id} happened"),
            })?;
        }
        InventoryQuestion::DismissWithheld { id, by } => {
            session
                .store
                .dismiss_withheld(WithheldId(*id), by, session.now)
                .await?;
            global.show(&json!({ "withheld": id, "state": "dismissed" }), || {
                format!("the endings of {id} did not happen")
            })?;
        }
        InventoryQuestion::Retire { .. } => {}
    }
    Ok(Exit::Done)
}

fn resources(shown: &[Shown]) -> String {
    let rows = shown.iter().map(|row| {
        let attributes = row
            .attributes
            .iter()
            .map(|(key, value)| format!("{key}={value}"))
            .collect::<Vec<_>>();
        [
            row.kind.clone(),
            row.external_id.clone(),
            row.name.clone(),
            since(row),
            attributes.join(" "),
        ]
    });
    table(&["kind", "id", "name", "since", "attributes"], rows)
}

fn since(row: &Shown) -> String {
    row.valid
        .from
        .map_or_else(|| "ever".to_owned(), |from| from.to_string())
}

fn history(shown: &[Shown]) -> String {
    let rows = shown.iter().map(|row| {
        let until = row.valid.to.map_or_else(
            || format!("on, covered to {}", row.covered_until),
            |to| to.to_string(),
        );
        let known = match (row.recorded_from, row.recorded_to) {
            (Some(from), Some(to)) => format!("recording {from} to {to}, superseded"),
            (Some(from), None) => format!("recording {from}"),
            (None, _) => String::new(),
        };
        let attributes = row
            .attributes
            .iter()
            .map(|(key, value)| format!("{key}={value}"))
            .collect::<Vec<_>>();
        [
            row.external_id.clone(),
            row.name.clone(),
            since(row),
            until,
            attributes.join(" "),
            row.place.clone(),
            known,
        ]
    });
    table(
        &[
            "id",
            "name",
            "from",
            "until",
            "attributes",
            "read at",
            "known since",
        ],
        rows,
    )
}

async fn delta(
    global: &Global,
    session: &Session,
    wired: &Wired<'_>,
    zone: &TimeZone,
    from: &str,
    to: &str,
) -> Result<()> {
    let (from, to) = (when::instant(from, zone)?, when::instant(to, zone)?);
    let changes = inventory::changes(session, wired, from, to).await?;
    global.show(&changes, || {
        let rows = changes.iter().map(|change| {
            let mark = match change.change {
                ChangeKind::Added => "added",
                ChangeKind::Removed => "removed",
                ChangeKind::Changed => "changed",
            };
            [
                mark.to_owned(),
                change.kind.clone(),
                change.external_id.clone(),
                change.name.clone(),
                attributes(change),
            ]
        });
        format!(
            "{}\n\n{} changes from {from} to {to}",
            table(&["", "kind", "id", "name", "what"], rows),
            changes.len()
        )
    })
}

fn attributes(change: &Change) -> String {
    let shown = |value: &Option<String>| value.clone().unwrap_or_else(|| "nothing".to_owned());
    let texts = change
        .attributes
        .iter()
        .map(|(name, before, after)| format!("{name} {} → {}", shown(before), shown(after)));
    texts.collect::<Vec<_>>().join(", ")
}

fn coverage(log: &[(String, Listing)]) -> String {
    let rows = log.iter().map(|(source, listing)| {
        let outcome = &listing.outcome;
        [
            source.clone(),
            listing.scope.to_string(),
            listing.key.clone(),
            listing.valid.to_string(),
            outcome.completeness.as_str().to_owned(),
            outcome.seen.to_string(),
            outcome.ended.to_string(),
            outcome.withheld.to_string(),
            outcome.broken.to_string(),
            listing.coverage.reason.clone().unwrap_or_default(),
        ]
    });
    let titles = [
        "source",
        "scope",
        "listing",
        "valid from",
        "coverage",
        "rows>",
        "ended>",
        "withheld>",
        "broken>",
        "reason",
    ];
    table(&titles, rows)
}

fn coverage_json(source: &str, listing: &Listing) -> serde_json::Value {
    json!({
        "source": source,
        "scope": listing.scope,
        "key": listing.key,
        "fingerprint": listing.fingerprint,
        "valid": listing.valid,
        "covered_until": listing.covered_until,
        "completeness": listing.outcome.completeness.as_str(),
        "reason": listing.coverage.reason,
        "seen": listing.outcome.seen,
        "new": listing.outcome.new,
        "changed": listing.outcome.changed,
        "ended": listing.outcome.ended,
        "withheld": listing.outcome.withheld,
        "broken": listing.outcome.broken,
        "recorded": listing.recorded,
    })
}

async fn broken(global: &Global, session: &Session, wired: &Wired<'_>) -> Result<()> {
    let rows = inventory::broken(session, wired).await?;
    let data: Vec<_> = rows
        .iter()
        .map(|(source, row)| {
            json!({
                "source": source, "scope": row.scope, "listing": row.key, "place": row.place,
                "external_id": row.external_id, "message": row.message, "hint": row.hint,
            })
        })
        .collect();
    global.show(&data, || {
        let lines = rows.iter().map(|(source, row)| {
            let id = row
                .external_id
                .as_ref()
                .map(|id| format!(" {id}"))
                .unwrap_or_default();
            let hint = row
                .hint
                .as_ref()
                .map(|hint| format!("\n  hint: {hint}"))
                .unwrap_or_default();
            format!("{source} {}{id}: {}{hint}", row.place, row.message)
        });
        let lines: Vec<String> = lines.collect();
        format!(
            "{}\n\n{} rows were kept out of the bill",
            lines.join("\n"),
            rows.len()
        )
    })
}

async fn withheld(global: &Global, session: &Session, wired: &Wired<'_>) -> Result<Exit> {
    let waiting = inventory::withheld(session, wired).await?;
    let data: Vec<_> = waiting
        .iter()
        .map(|one| {
            let endings = &one.endings;
            json!({
                "source": one.source, "id": endings.id.0, "scope": endings.scope, "valid": endings.valid,
                "absent": endings.absent, "known": endings.known, "per_month": one.per_month,
                "resources": endings.resources,
            })
        })
        .collect();
    global.show(&data, || {
        if waiting.is_empty() {
            "nothing waits".to_owned()
        } else {
            withheld_text(&waiting)
        }
    })?;
    Ok(if waiting.is_empty() {
        Exit::Done
    } else {
        Exit::Findings
    })
}

fn withheld_text(waiting: &[Waiting]) -> String {
    let rows = waiting.iter().map(|one| {
        let endings = &one.endings;
        [
            endings.id.to_string(),
            one.source.clone(),
            endings.scope.to_string(),
            endings.valid.to_string(),
            endings.absent.to_string(),
            endings.known.to_string(),
            one.per_month
                .map_or_else(String::new, |money| money.to_string()),
        ]
    });
    table(
        &[
            "id",
            "source",
            "scope",
            "would end at",
            "absent>",
            "of>",
            "billed a month>",
        ],
        rows,
    )
}

/// Says that something that is gone from the configuration will not come back.
async fn retire(global: &Global, session: &Session, entity: &str, name: &str) -> Result<Exit> {
    let entity_type: EntityType = entity
        .parse()
        .with_context(|| format!("`{entity}` is none of pipeline, source, sink, account"))?;
    let vanished = session.vanished().await?;
    let gone = vanished
        .iter()
        .find(|gone| gone.entity_type == entity_type && gone.name == name);
    let gone = gone.with_context(|| {
        format!("no {entity} `{name}` has history and is gone from the configuration")
    })?;
    let ended = session.retire(gone).await?;
    global.show(&json!({ "retired": name, "ended": ended }), || {
        let ends = match entity_type {
            EntityType::Source => format!(", and its {ended} resources end now"),
            EntityType::Pipeline | EntityType::Sink | EntityType::Account => String::new(),
        };
        format!("the {entity} `{name}` is retired; its history stays{ends}")
    })?;
    Ok(Exit::Done)
}
