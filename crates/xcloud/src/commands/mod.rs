//! The commands, one file for each verb.

mod apply;
mod destroy;
mod dispatch;
mod expand;
mod manual;
mod plan;
mod schema;
mod serve;
mod validate;

pub(crate) use dispatch::run;
