//! What several kinds of AWS need to be planned: what stands there, what the kinds tell each other, what goes.

pub(crate) mod addresses;
pub(crate) mod beyond;
pub(crate) mod found_balancer;
mod going;
pub(crate) mod group_rules;
mod handles;
pub(crate) mod health;
mod index;
mod kept_addresses;
pub(crate) mod names;
mod refs;
pub(crate) mod replacement;
mod select;
pub(crate) mod selectors;
mod tags;
pub(crate) mod ways;

pub(crate) use going::{Going, Ours, going, hold, is_orphan, report, takes};
pub(crate) use handles::{group_handles, groups_ready, is_our_group, shown};
pub(crate) use index::{Index, Indexes};
pub(crate) use kept_addresses::{refuse_taken, silent_text, taken, waits_for_azure};
pub(crate) use refs::{Refs, missing};
pub(crate) use tags::{Tagged, tag_fields, tags};
