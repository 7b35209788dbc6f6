//! Under which key a delivery of a plan is told and approved: what a document calls its buyer may be older.

use counterfoil_model::document::Delivery;

use super::SinkPlan;
use crate::approve::Decision;

impl SinkPlan {
    /// The account of a delivery under its key of now, as it is approved by.
    pub fn account_of<'a>(&'a self, delivery: &'a Delivery) -> &'a str {
        let key = self.keys.get(&delivery.slot.account);
        key.unwrap_or(&delivery.buyer.account).as_str()
    }

    /// The last word on the account of a delivery.
    pub fn approval_of(&self, delivery: &Delivery) -> Option<&Decision> {
        self.approval.get(self.account_of(delivery))
    }
}
