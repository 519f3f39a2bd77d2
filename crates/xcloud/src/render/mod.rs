//! Values in, text out: what people and scripts read. Nothing here prints or decides.

pub(crate) mod account;
pub(crate) mod codes;
pub(crate) mod diagnostics;
pub(crate) mod drift;
pub(crate) mod failover;
pub(crate) mod gates;
pub(crate) mod history;
pub(crate) mod json;
pub(crate) mod junit;
pub(crate) mod layout;
pub(crate) mod markdown;
pub(crate) mod metrics;
pub(crate) mod plan;
pub(crate) mod report;
pub(crate) mod style;

#[cfg(test)]
mod report_tests;
