//! The commands, one file for each verb.

pub(crate) mod apply;
pub(crate) mod close;
mod destroy;
mod dispatch;
mod drift;
mod expand;
pub(crate) mod failover;
mod history;
mod lock;
mod manual;
mod plan;
pub(crate) mod readiness;
mod replan;
pub(crate) mod resume;
pub(crate) mod rollback;
mod schema;
mod serve;
pub(crate) mod settle;
mod validate;

pub(crate) use dispatch::run;
