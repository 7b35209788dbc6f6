//! Odoo 19: invoices as draft and as posted, corrections, and a process that is killed between commit and receipt.
