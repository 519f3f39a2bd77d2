//! What the parts of one load balancer know of it.

use std::collections::BTreeSet;

use ipnet::Ipv4Net;

use crate::kinds::shared::aws::Index;
use crate::kinds::shared::aws::health::CheckedGroup;
use crate::live::LiveLoadBalancer;
use crate::model::Resource;
use crate::op::Handle;

/// What the parts of one load balancer share.
pub(super) struct Unit<'p, 'd> {
    pub(super) index: &'p Index<'d>,
    pub(super) resource: &'p Resource,
    /// The load balancer as it is live, if it is.
    pub(super) live: Option<&'p LiveLoadBalancer>,
    pub(super) balancer: &'p Handle,
    pub(super) name: &'p str,
    pub(super) vpc: &'p str,
    pub(super) vpc_cidrs: BTreeSet<Ipv4Net>,
}

/// The target group that serves a listener after the run.
pub(super) struct Serving {
    pub(super) group: CheckedGroup,
    /// The step that registers its new targets.
    pub(super) registered: Option<usize>,
    /// True if a listener forwards to it already: without one its targets are `unused` and never checked (ELBv2
    /// `DescribeTargetHealth`, reason `Target.NotInUse`), so that waiting for their health would be in vain.
    pub(super) checked: bool,
}
