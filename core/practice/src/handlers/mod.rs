//! One handler an endpoint: reads the request, asks the rules, writes in one transaction, answers.

pub(crate) mod admin;
pub(crate) mod customers;
pub(crate) mod documents;
pub(crate) mod lifecycle;
pub(crate) mod service;
