//! Health checks of load balancers in AWS: the one thing that rules of both clouds decide together.
//!
//! A check comes through if the load balancer's groups let it out and Azure lets it in from every node for certain. When
//! that changes is written down at the target, from which its state follows.

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
        let open = check.let_out && check.nodes.iter().all(|node| admits(*node));
        world.aws.see_check(&check, open, now);
    }
}
