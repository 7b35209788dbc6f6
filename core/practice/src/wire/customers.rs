//! Customers over the wire.

use counterfoil_store::practice::Customer;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A customer to create.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CustomerInput {
    /// The caller's own, unique among customers.
    #[schemars(length(min = 1, max = 64))]
    pub(crate) reference: String,
    #[schemars(length(min = 1, max = 1000))]
    pub(crate) name: String,
    pub(crate) email: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(crate) struct CustomerBody {
    #[schemars(regex(pattern = r"^cus_[0-9]+$"))]
    pub(crate) id: String,
    pub(crate) reference: String,
    pub(crate) name: String,
    pub(crate) email: Option<String>,
    #[schemars(extend("format" = "date-time"))]
    pub(crate) created: String,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(crate) struct CustomersPage {
    pub(crate) items: Vec<CustomerBody>,
    /// The cursor of the next page; null on the last one.
    pub(crate) next: Option<String>,
}

impl From<Customer> for CustomerBody {
    fn from(customer: Customer) -> Self {
        Self {
            id: customer.id.to_string(),
            reference: customer.content.reference,
            name: customer.content.name,
            email: customer.content.email,
            created: customer.created,
        }
    }
}
