//! `counterfoil report delivered`.

use anyhow::Result;
use clap::Args;
use counterfoil_engine::report::{
    Delivered, DeliveredLine, DeliveredReport, Event, EventKind, NotYet, Sighting, Way, delivered,
};
use counterfoil_engine::session::{Session, Wired};
use counterfoil_model::counted::counted;
use counterfoil_model::effect::State;
use counterfoil_model::plan::RemoteState;
use counterfoil_model::time::TimeZone;
use counterfoil_model::timeline::AttributeChange;

use crate::args::Global;
use crate::commands::findings;
use crate::exit::Exit;
use crate::filters::WhoAndWhat;
use crate::output::{Column, Shape, Table, row};
use crate::when;

pub(crate) const SHAPE: Shape<DeliveredReport> = Shape::new(
    "report-delivered/1",
    "What happened to a resource, when it was seen, and which documents bill it.",
    &["events", "deliveries"],
);

/// When was this change delivered: what became of a resource, when that was seen, which document bills it, when that was
/// sent and read back.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  counterfoil report delivered VM-1007")]
pub(crate) struct DeliveredQuestion {
    /// Its id at the source, or a name that it has or had.
    resource: String,
    /// Only what happened since: a day, an instant, or how long ago: 30d, 6mo, 1y.
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    #[command(flatten)]
    of: WhoAndWhat,
}

pub(super) async fn run(
    global: &Global,
    session: &Session,
    wired: &Wired<'_>,
    what: &DeliveredQuestion,
) -> Result<Exit> {
    let zone = &wired.pipeline.zone;
    let narrow = what
        .of
        .narrow(session, wired, what.since.as_deref())
        .await?;
    let report = delivered(session, wired, &what.resource, &narrow).await?;
    global.answer(
        SHAPE
            .answer(&report)
            .tables(|| vec![events(&report, zone), deliveries(&report)])
            .text(|| text(&report, zone)),
    )?;
    Ok(Exit::Done)
}

fn text(report: &DeliveredReport, zone: &TimeZone) -> String {
    if report.events.is_empty() {
        return "nothing happened to it since".to_owned();
    }
    let events = report.events.iter().map(|event| told(event, zone));
    events.collect::<Vec<_>>().join("\n\n")
}

fn events(report: &DeliveredReport, zone: &TimeZone) -> Table {
    let columns = [
        Column::instant("at"),
        Column::text("event"),
        Column::text("kind"),
        Column::text("external_id"),
        Column::text("name"),
        Column::text("attributes"),
        Column::text("standing"),
        Column::text("source"),
        Column::text("seen_in"),
        Column::instant("recorded"),
        Column::text("delivered"),
    ];
    let rows = report.events.iter().map(|event| {
        let attributes: Vec<String> = event.attributes.iter().map(attribute).collect();
        let sighting = event.seen.as_ref();
        row![
            event.at,
            word(event.event),
            &event.kind,
            &event.external_id,
            &event.name,
            attributes.join(", "),
            &event.standing,
            sighting.map(|one| &one.source),
            sighting.map(seen),
            sighting.map(|one| one.recorded),
            way(&event.way, zone),
        ]
    });
    Table::new("events", columns).with_rows(rows)
}

/// One row for each line of each document.
fn deliveries(report: &DeliveredReport) -> Table {
    let columns = [
        Column::instant("at"),
        Column::text("event"),
        Column::text("external_id"),
        Column::text("sink"),
        Column::text("reference"),
        Column::text("number"),
        Column::text("state"),
        Column::text("account"),
        Column::text("period"),
        Column::instant("sent"),
        Column::instant("read_back"),
        Column::text("corrects"),
        Column::text("as_known"),
        Column::text("item"),
        Column::text("description"),
        Column::date("first_day"),
        Column::date("last_day"),
        Column::money("billed"),
        Column::integer("lines"),
        Column::money("share"),
        Column::integer("resources"),
    ];
    let mut table = Table::new("deliveries", columns);
    for event in &report.events {
        for one in &event.way.delivered {
            for line in &one.lines {
                table.push(row![
                    event.at,
                    word(event.event),
                    &event.external_id,
                    &one.sink,
                    &one.reference,
                    one.number.as_ref(),
                    findings::word(&one.state),
                    &one.account,
                    &one.billing_period,
                    one.sent,
                    one.read_back,
                    one.corrects.as_ref(),
                    one.as_known,
                    line.item.to_string(),
                    &line.description,
                    line.first_day,
                    line.last_day,
                    line.billed,
                    line.lines,
                    line.share,
                    line.resources,
                ]);
            }
        }
    }
    table
}

fn word(event: EventKind) -> &'static str {
    match event {
        EventKind::New => "new",
        EventKind::Changed => "changed",
        EventKind::Reclassified => "reclassified",
        EventKind::Gone => "gone",
    }
}

fn told(event: &Event, zone: &TimeZone) -> String {
    let word = word(event.event);
    let mut text = format!(
        "{} {} {} ({}): {word}",
        when::shown(event.at, zone),
        event.external_id,
        event.name,
        event.kind
    );
    if !event.attributes.is_empty() {
        let attributes: Vec<String> = event.attributes.iter().map(attribute).collect();
        text.push_str(&format!(", {}", attributes.join(", ")));
    }
    text.push_str(&match event.event {
        EventKind::Gone => format!("\n  was {}", event.standing),
        EventKind::New | EventKind::Changed | EventKind::Reclassified => {
            format!("\n  is {}", event.standing)
        }
    });
    text.push_str(&match &event.seen {
        Some(sighting) => format!(
            "\n  seen by {} in {}, recorded {}",
            sighting.source,
            seen(sighting),
            sighting.recorded
        ),
        None => "\n  by a rule, an agreement or its date".to_owned(),
    });
    for delivered in &event.way.delivered {
        text.push_str(&format!("\n  delivered {}", document(delivered)));
        for line in &delivered.lines {
            let name = named(line, &delivered.lines);
            text.push_str(&format!("\n    {name}: {}", part(line)));
        }
    }
    if let Some(not_yet) = &event.way.not_yet {
        text.push_str(&format!("\n  not delivered: {}", why(not_yet, zone)));
    }
    text
}

/// With its days, where another line of the document is called the same.
fn named(line: &DeliveredLine, lines: &[DeliveredLine]) -> String {
    let called_so = |one: &&DeliveredLine| one.description == line.description;
    if lines.iter().filter(called_so).count() < 2 {
        return line.description.clone();
    }
    format!(
        "{}, {} to {}",
        line.description, line.first_day, line.last_day
    )
}

/// A resource's own part of a line, or of the lines that are one charge.
fn part(line: &DeliveredLine) -> String {
    let billed = line.billed;
    let whole = match line.lines {
        1 => format!("a line of {billed}"),
        lines => format!("{lines} lines, together {billed},"),
    };
    match (line.share, line.resources) {
        (_, Some(1)) => format!("the whole of {whole}"),
        (Some(share), Some(resources)) => {
            format!("{share} of {whole} for {}", counted(resources, "resource"))
        }
        (_, Some(resources)) => format!("part of {whole} for {}", counted(resources, "resource")),
        (_, None) => format!("part of {whole}"),
    }
}

fn document(delivered: &Delivered) -> String {
    let state = delivered.state.word();
    let number = match (&delivered.number, delivered.state) {
        (Some(number), RemoteState::Posted) => number.clone(),
        (Some(number), RemoteState::Draft | RemoteState::Void) => format!("{number}, {state}"),
        (None, _) => state.to_owned(),
    };
    let read_back = delivered.read_back.map_or_else(
        || "not read back yet".to_owned(),
        |at| format!("read back {at}"),
    );
    let corrects = delivered
        .corrects
        .as_ref()
        .map(|reference| format!(", which corrects {reference}"))
        .unwrap_or_default();
    let buyer = delivered.buyer_account.as_ref();
    let buyer = buyer.map_or_else(String::new, |former| {
        format!(" for {} ({former} on the document)", delivered.account)
    });
    let otherwise = if delivered.as_known {
        ""
    } else {
        ", by what was known before"
    };
    format!(
        "to {} with {} ({number}{corrects}) of {}{buyer}, sent {}, {read_back}{otherwise}",
        delivered.sink, delivered.reference, delivered.billing_period, delivered.sent
    )
}

pub(crate) fn attribute(change: &AttributeChange) -> String {
    let shown = |value: &Option<String>| value.clone().unwrap_or_else(|| "nothing".to_owned());
    format!(
        "{} {} → {}",
        change.attribute,
        shown(&change.before),
        shown(&change.after)
    )
}

pub(super) fn seen(sighting: &Sighting) -> String {
    match &sighting.place {
        Some(place) if place.contains(&sighting.listing) => place.clone(),
        Some(place) => format!("{} {place}", sighting.listing),
        None => format!("{} (absent)", sighting.listing),
    }
}

/// In few words, for a cell.
pub(super) fn way(way: &Way, zone: &TimeZone) -> String {
    if let Some(not_yet) = &way.not_yet {
        return format!("no: {}", why(not_yet, zone));
    }
    let of_it = way.delivered.iter().filter(|one| one.as_known);
    let told = of_it.map(|delivered| {
        format!(
            "{} {}",
            delivered.number.as_deref().unwrap_or(&delivered.reference),
            match delivered.state {
                RemoteState::Void => "void".to_owned(),
                RemoteState::Draft | RemoteState::Posted => when::shown(delivered.sent, zone),
            }
        )
    });
    told.collect::<Vec<_>>().join(", ")
}

fn why(not_yet: &NotYet, zone: &TimeZone) -> String {
    match not_yet {
        NotYet::OpenPeriod {
            billing_period,
            ends,
        } => format!(
            "{billing_period} is open, until {}",
            when::shown(*ends, zone)
        ),
        NotYet::NotSent {
            billing_period,
            reference,
            state,
        } => match (reference, state) {
            (Some(reference), Some(state)) => {
                format!("{reference} of {billing_period} is {}", state_word(*state))
            }
            (Some(reference), None) => {
                format!("{reference} of {billing_period} is planned and not applied")
            }
            (None, _) => format!("{billing_period} is not planned yet"),
        },
        NotYet::LearnedLater {
            billing_period,
            reference,
        } => format!(
            "{reference} of {billing_period} was made before it was known: the next plan corrects it"
        ),
        NotYet::ComesToNothing { billing_period } => {
            format!("its line of {billing_period} comes to nothing, and stands in no document")
        }
        NotYet::NotPlanned { billing_period } => format!(
            "the newest plan of {billing_period} does not have it: `counterfoil plan --period {billing_period}` says why"
        ),
        NotYet::NothingCharged => "nothing is charged for it".to_owned(),
        NotYet::BeforeBillFrom { bill_from } => format!("nothing is billed before {bill_from}"),
    }
}

fn state_word(state: State) -> &'static str {
    match state {
        State::Planned => "planned and not sent",
        State::Sending | State::Unknown => "of unknown outcome",
        State::Confirmed | State::Verified => "at the sink with what was known before",
        State::Rejected => "rejected by the sink",
        State::Parked => "parked",
    }
}
