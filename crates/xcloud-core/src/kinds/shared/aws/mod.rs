//! What several kinds of AWS need to be planned: what stands there, what the kinds tell each other, what goes.

pub(crate) mod addresses;
pub(crate) mod found;
pub(crate) mod found_balancer;
mod given_back;
mod going;
pub(crate) mod group_rules;
mod handles;
mod index;
pub(crate) mod names;
mod refs;
pub(crate) mod replaced;
mod select;
mod tags;

pub(crate) use given_back::{refuse_taken, silent_text, waits_for_azure};
pub(crate) use going::{Going, Ours, going, hold, is_orphan, report, takes};
pub(crate) use handles::{group_handles, groups_ready, is_our_group, shown};
pub(crate) use index::{Index, Indexes};
pub(crate) use refs::{Refs, missing};
pub(crate) use tags::{tag_fields, tags};
