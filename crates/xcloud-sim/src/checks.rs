//! Health checks of load balancers in AWS: the one thing that rules of both clouds decide together.
//!
//! A check of a node comes through if the load balancer's groups let it out and Azure lets it in from that node for
//! certain. When that changes is written down at the target, from which its state follows.

use std::collections::BTreeMap;

use crate::traffic::{Direction, Packet, surely_admitted};
use crate::{Millis, World};

/// Looks which health checks come through now.
pub(crate) fn look(world: &mut World, now: Millis) {
    for check in world.aws.checks(now) {
        let (to, port) = check.target;
        let admits = |from| match world.behind.get(&to) {
            Some(path) => surely_admitted(world, now, path, Packet { from, to, port }, Direction::Inbound).passes(),
            None => true,
        };
        let open: BTreeMap<_, _> = check.nodes.iter().map(|node| (*node, check.let_out && admits(*node))).collect();
        world.aws.see_check(&check, &open, now);
    }
}
