//! The whole pipeline through the real binary: from exports to reconciled invoices, corrections, absence and crashes.

#[path = "pipeline/absence.rs"]
mod absence;
#[path = "pipeline/absurd.rs"]
mod absurd;
#[path = "pipeline/agreed.rs"]
mod agreed;
#[path = "pipeline/agreed_billed.rs"]
mod agreed_billed;
#[path = "pipeline/agreements.rs"]
mod agreements;
#[path = "pipeline/answers.rs"]
mod answers;
#[path = "pipeline/approval.rs"]
mod approval;
#[path = "pipeline/approval_notify.rs"]
mod approval_notify;
#[path = "pipeline/approval_open.rs"]
mod approval_open;
#[path = "pipeline/approval_people.rs"]
mod approval_people;
#[path = "pipeline/approval_policy.rs"]
mod approval_policy;
#[path = "pipeline/approval_preview.rs"]
mod approval_preview;
#[path = "pipeline/backup.rs"]
mod backup;
#[path = "pipeline/bars.rs"]
mod bars;
#[path = "pipeline/between.rs"]
mod between;
#[path = "pipeline/book.rs"]
mod book;
#[path = "pipeline/book_prices.rs"]
mod book_prices;
#[path = "pipeline/book_sums.rs"]
mod book_sums;
#[path = "pipeline/closed.rs"]
mod closed;
#[path = "pipeline/closed_by.rs"]
mod closed_by;
#[path = "pipeline/closed_calendars.rs"]
mod closed_calendars;
#[path = "pipeline/closed_proof.rs"]
mod closed_proof;
#[path = "pipeline/colocation.rs"]
mod colocation;
#[path = "pipeline/company.rs"]
mod company;
#[path = "pipeline/configuration.rs"]
mod configuration;
#[path = "pipeline/connectors_bad.rs"]
mod connectors_bad;
#[path = "pipeline/corrected.rs"]
mod corrected;
#[path = "pipeline/crashes.rs"]
mod crashes;
#[path = "pipeline/cycles.rs"]
mod cycles;
#[path = "pipeline/delivered.rs"]
mod delivered;
#[path = "pipeline/delivered_late.rs"]
mod delivered_late;
#[path = "pipeline/done_months.rs"]
mod done_months;
#[path = "pipeline/doubts.rs"]
mod doubts;
#[path = "pipeline/edited.rs"]
mod edited;
#[path = "pipeline/effects.rs"]
mod effects;
#[path = "pipeline/einvoices.rs"]
mod einvoices;
#[path = "pipeline/einvoices_before.rs"]
mod einvoices_before;
#[path = "pipeline/examples.rs"]
mod examples;
#[path = "pipeline/explained.rs"]
mod explained;
#[path = "pipeline/explained_parts.rs"]
mod explained_parts;
#[path = "pipeline/exports.rs"]
mod exports;
#[path = "pipeline/exports_odd.rs"]
mod exports_odd;
#[path = "pipeline/facts.rs"]
mod facts;
#[path = "pipeline/facts_given.rs"]
mod facts_given;
#[path = "pipeline/facts_rounded.rs"]
mod facts_rounded;
#[path = "pipeline/filters.rs"]
mod filters;
#[path = "pipeline/gauges_summed.rs"]
mod gauges_summed;
#[path = "pipeline/given_back.rs"]
mod given_back;
#[path = "pipeline/going_live.rs"]
mod going_live;
#[path = "pipeline/graced.rs"]
mod graced;
#[path = "pipeline/holds_later.rs"]
mod holds_later;
#[path = "pipeline/init.rs"]
mod init;
#[path = "pipeline/interrupted.rs"]
mod interrupted;
#[path = "pipeline/languages.rs"]
mod languages;
#[path = "pipeline/mapped.rs"]
mod mapped;
#[path = "pipeline/mapped_since.rs"]
mod mapped_since;
#[path = "pipeline/margin.rs"]
mod margin;
#[path = "pipeline/mistakes.rs"]
mod mistakes;
#[path = "pipeline/netted.rs"]
mod netted;
#[path = "pipeline/not_billed.rs"]
mod not_billed;
#[path = "pipeline/not_ended.rs"]
mod not_ended;
#[path = "pipeline/odd_uses.rs"]
mod odd_uses;
#[path = "pipeline/older.rs"]
mod older;
#[path = "pipeline/oracle.rs"]
mod oracle;
#[path = "pipeline/paged.rs"]
mod paged;
#[path = "pipeline/pooled.rs"]
mod pooled;
#[path = "pipeline/price_versions.rs"]
mod price_versions;
#[path = "pipeline/reinstated.rs"]
mod reinstated;
#[path = "pipeline/released.rs"]
mod released;
#[path = "pipeline/renamed.rs"]
mod renamed;
#[path = "pipeline/renamed_since.rs"]
mod renamed_since;
#[path = "pipeline/reports.rs"]
mod reports;
#[path = "pipeline/resumed.rs"]
mod resumed;
#[path = "pipeline/retired.rs"]
mod retired;
#[path = "pipeline/reviewed.rs"]
mod reviewed;
#[path = "pipeline/run.rs"]
mod run;
#[path = "pipeline/run_applies.rs"]
mod run_applies;
#[path = "pipeline/schemas.rs"]
mod schemas;
#[path = "pipeline/service.rs"]
mod service;
#[path = "pipeline/shadowed.rs"]
mod shadowed;
#[path = "pipeline/shapes.rs"]
mod shapes;
#[path = "pipeline/shifting.rs"]
mod shifting;
#[path = "pipeline/sink_answers.rs"]
mod sink_answers;
#[path = "pipeline/small.rs"]
mod small;
#[path = "pipeline/store_faults.rs"]
mod store_faults;
#[path = "pipeline/suggested.rs"]
mod suggested;
#[path = "pipeline/time.rs"]
mod time;
#[path = "pipeline/times_given.rs"]
mod times_given;
#[path = "pipeline/told.rs"]
mod told;
#[path = "pipeline/tools.rs"]
mod tools;
#[path = "pipeline/unbilled.rs"]
mod unbilled;
#[path = "pipeline/undated.rs"]
mod undated;
#[path = "pipeline/unread.rs"]
mod unread;
#[path = "pipeline/vectors.rs"]
mod vectors;
#[path = "pipeline/voided.rs"]
mod voided;
#[path = "pipeline/voided_back.rs"]
mod voided_back;
#[path = "pipeline/voided_together.rs"]
mod voided_together;
#[path = "pipeline/voided_told.rs"]
mod voided_told;
#[path = "pipeline/what_if.rs"]
mod what_if;
#[path = "pipeline/workload.rs"]
mod workload;
