//! The commands, one file for each verb: its arguments, whose comment is the help, and what it does.

pub(crate) mod apply;
pub(crate) mod close;
pub(crate) mod completions;
pub(crate) mod destroy;
pub(crate) mod drift;
pub(crate) mod expand;
pub(crate) mod failback;
pub(crate) mod failover;
pub(crate) mod history;
pub(crate) mod lock;
pub(crate) mod man;
pub(crate) mod plan;
pub(crate) mod readiness;
mod replan;
pub(crate) mod resume;
pub(crate) mod rollback;
pub(crate) mod sandbox;
pub(crate) mod schema;
pub(crate) mod settle;
pub(crate) mod show;
pub(crate) mod validate;
