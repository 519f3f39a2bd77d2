//! What several planners of Azure need.

mod depends;
mod finish;
mod joined;
mod link_target;
mod next_name;
mod opens_too_late;
pub(crate) mod ordered;
pub(crate) mod private_link;
mod rule_match;
mod rule_table;
mod serves;
mod source_nat;

pub(crate) use depends::depends_on;
pub(crate) use finish::finish;
pub(crate) use link_target::{Services, Target};
pub(crate) use next_name::next_name;
pub(crate) use rule_match::{Difference, Shape, Want, differences, protocol_text, union, written_ports};
pub(crate) use rule_table::{Row, observed, served, wanted};
pub(crate) use serves::{Served, includes_live};
pub(crate) use source_nat::translated;
