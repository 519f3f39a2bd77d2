//! Reading what interfaces and rules of AWS share.

use crate::code::ProblemCode;
use crate::config::raw::{Fault, Node, Problems};
use crate::model::SubnetSelector;

/// Pins are one address for each subnet; where subnets are ids, their number is known here.
pub(crate) fn pins_fit(
    node: &Node,
    key: &str,
    pinned: usize,
    subnets: Option<&SubnetSelector>,
    problems: &mut Problems<'_>,
) {
    let Some(SubnetSelector::Ids(ids)) = subnets else { return };
    if pinned > 0 && pinned != ids.len() {
        let fault = Fault::new(ProblemCode::PinCount, format!("pinned addresses: {pinned}; subnets: {}", ids.len()))
            .hint("one address for each subnet, or none at all");
        problems.error(node.key_at(key), fault);
    }
}
