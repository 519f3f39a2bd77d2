//! What the readers of all kinds need, and what several of them read.

use crate::code::ProblemCode;
use crate::config::names;
use crate::config::raw::{Fault, Node, Problems};
use crate::model::{GroupRef, Kind};

use super::{Header, Refs};

/// What the readers of all kinds need.
pub(crate) struct Reading<'a, 'p> {
    pub(crate) product: &'a str,
    pub(crate) refs: &'a Refs,
    pub(crate) problems: &'a mut Problems<'p>,
}

impl Reading<'_, '_> {
    /// The resource's name in its cloud.
    pub(crate) fn name(&self, header: &Header<'_>) -> String {
        names::declared(self.product, &header.name)
    }

    /// Reads the groups of a load balancer or endpoint: names in this file, or ids. They are in its account and region.
    pub(crate) fn groups(&mut self, header: &Header<'_>) -> Vec<GroupRef> {
        let mut groups: Vec<GroupRef> = Vec::new();
        for node in header.node.get("security_groups").map(Node::items).unwrap_or_default() {
            let Some(group) = self.group(node) else { continue };
            if let GroupRef::Declared(addr) = &group
                && self.refs.place(addr).is_some_and(|place| place.key() != header.place.key())
            {
                let fault = Fault::new(ProblemCode::OtherPlace, format!("{addr} is in another account or region"));
                self.problems.error(node.at, fault);
            }
            if groups.contains(&group) {
                self.problems.error(node.at, Fault::new(ProblemCode::DuplicateGroup, "this group is listed twice"));
            } else {
                groups.push(group);
            }
        }
        if groups.len() > 5 {
            let fault = Fault::new(ProblemCode::TooManyGroups, format!("{} groups", groups.len()))
                .hint("AWS takes at most 5 groups on an interface");
            self.problems.error(header.node.key_at("security_groups"), fault);
        }
        groups
    }

    /// Reads one group: a name in this file, or an id.
    pub(crate) fn group(&mut self, node: &Node) -> Option<GroupRef> {
        let text = node.text()?;
        if text.starts_with("sg-") {
            return match crate::config::grammar::hex_id(text, "sg-", "sg-0aa11bb22cc33dd44") {
                Ok(()) => Some(GroupRef::Id(text.to_owned())),
                Err(fault) => {
                    self.problems.error(node.at, fault);
                    None
                }
            };
        }
        self.refs.resolve(node, Kind::SecurityGroup, self.problems).map(GroupRef::Declared)
    }
}
