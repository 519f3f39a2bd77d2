//! The commands, one file for each verb.

mod apply;
mod destroy;
mod dispatch;
mod drift;
mod expand;
mod history;
mod lock;
mod manual;
mod plan;
mod resume;
mod rollback;
mod schema;
mod serve;
mod validate;

pub(crate) use dispatch::run;
