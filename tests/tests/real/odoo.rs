//! Odoo 19: invoices as drafts and as posted, corrections, partners, and a process that is killed between commit and
//! receipt. What is there is counted at Odoo's own side.

mod api;
mod company;
mod crashes;
mod drafts;
mod partners;
mod posted;
