//! Whether load balancers, listeners, target groups and targets are as a call wrote them.

use std::collections::BTreeSet;

use xcloud_core::live::{LiveHealth, LiveListener, LiveLoadBalancer, LiveTargetGroup};
use xcloud_core::model::{Health, Target};
use xcloud_core::op::{LoadBalancerOp, SubnetPin};
use xcloud_core::provider::{Performed, ProviderError};

use super::observe::{self, is_protected, named, target_group, target_groups_named};
use super::parts::{self, listener, listeners};
use crate::answer::made;
use crate::as_written::{
    Asked, Difference, Written, gone, members_differ, not_its_undo, sets_differ, tags_differ, there,
};
use crate::clients::Api;
use crate::handles::{ids, subnets as subnet_ids};
use crate::tags::{self, Tags};

pub(crate) enum Seen {
    /// Those of the name, or the one of the ARN; this one with tags and listeners if it is to be undone.
    Balancers {
        found: Vec<LiveLoadBalancer>,
        protected: bool,
    },
    /// Those of the name, or the one of the ARN; this one with tags and targets if it is to be undone.
    TargetGroups(Vec<LiveTargetGroup>),
    /// Those of the load balancer, or the one of the ARN; its tags only if it is to be undone.
    Listeners {
        found: Vec<LiveListener>,
        tags: Tags,
    },
    Targets(BTreeSet<Target>),
}

impl Written for LoadBalancerOp {
    type Seen = Seen;

    async fn look(&self, api: &Api, asked: Asked) -> Result<Seen, ProviderError> {
        match self {
            Self::Create { name, .. } => Ok(Seen::Balancers { found: named(api, name).await?, protected: false }),
            Self::SetGroups { load_balancer, .. } | Self::SetSubnets { load_balancer, .. } => {
                let found = observe::one(api, load_balancer.id()).await?.into_iter().collect();
                Ok(Seen::Balancers { found, protected: false })
            }
            Self::Delete { load_balancer } => {
                let (mut found, mut protected) = (observe::one(api, load_balancer.id()).await?, false);
                if let (Some(live), Asked::Undo) = (&mut found, asked) {
                    live.tags = tags_of(api, &live.arn).await?;
                    live.listeners = Some(listeners(api, &live.arn).await?);
                    protected = is_protected(api, &live.arn).await?;
                }
                Ok(Seen::Balancers { found: found.into_iter().collect(), protected })
            }
            Self::CreateTargetGroup { name, .. } => Ok(Seen::TargetGroups(target_groups_named(api, name).await?)),
            Self::ModifyTargetGroup { target_group: group, .. } => {
                Ok(Seen::TargetGroups(target_group(api, group.id()).await?.into_iter().collect()))
            }
            Self::DeleteTargetGroup { target_group: group } => {
                let mut found = target_group(api, group.id()).await?;
                if let (Some(live), Asked::Undo) = (&mut found, asked) {
                    live.tags = tags_of(api, &live.arn).await?;
                    live.targets = parts::targets(api, &live.arn).await?;
                }
                Ok(Seen::TargetGroups(found.into_iter().collect()))
            }
            Self::RegisterTargets { target_group, .. } | Self::DeregisterTargets { target_group, .. } => {
                let live = parts::targets(api, target_group.id()).await?;
                Ok(Seen::Targets(live.into_iter().map(|(ip, port, _)| Target { ip, port }).collect()))
            }
            Self::CreateListener { load_balancer, .. } => {
                Ok(Seen::Listeners { found: listeners(api, load_balancer.id()).await?, tags: Tags::new() })
            }
            Self::ModifyListener { listener: one, .. } => {
                let found = listener(api, one.id()).await?.into_iter().collect();
                Ok(Seen::Listeners { found, tags: Tags::new() })
            }
            Self::DeleteListener { listener: one } => {
                let found = listener(api, one.id()).await?;
                let tags = match (&found, asked) {
                    (Some(live), Asked::Undo) => tags_of(api, &live.arn).await?,
                    (None, _) | (_, Asked::Effect) => Tags::new(),
                };
                Ok(Seen::Listeners { found: found.into_iter().collect(), tags })
            }
        }
    }

    fn differs(&self, seen: &Seen, asked: Asked) -> Difference {
        match (self, seen) {
            (Self::Create { name, .. }, Seen::Balancers { found, protected }) => {
                there(found.first(), name, |live| made_differs(self, live, asked)).or_else(|| {
                    let live = found.first().filter(|_| *protected)?;
                    Some(format!("{} is protected against deletion", live.arn))
                })
            }
            (Self::SetGroups { load_balancer, groups, enforce_private_link }, Seen::Balancers { found, .. }) => {
                let arn = load_balancer.id();
                there(found.first(), arn, |live| {
                    sets_differ(arn, "groups", &live.groups, &ids(groups))
                        .or_else(|| enforcement_differs(live, *enforce_private_link, asked))
                })
            }
            (Self::SetSubnets { load_balancer, subnets }, Seen::Balancers { found, .. }) => {
                there(found.first(), load_balancer.id(), |live| placement_differs(live, subnets, asked))
            }
            (Self::Delete { load_balancer }, Seen::Balancers { found, .. }) => gone(found.first(), load_balancer.id()),
            (Self::CreateTargetGroup { name, .. }, Seen::TargetGroups(found)) => {
                there(found.first(), name, |live| made_target_group_differs(self, live, asked))
            }
            (Self::ModifyTargetGroup { target_group, health }, Seen::TargetGroups(found)) => {
                there(found.first(), target_group.id(), |live| health_differs(&live.arn, &live.health, *health))
            }
            (Self::DeleteTargetGroup { target_group }, Seen::TargetGroups(found)) => {
                gone(found.first(), target_group.id())
            }
            (Self::RegisterTargets { target_group, targets, .. }, Seen::Targets(live)) => {
                members_differ(target_group.id(), "the target", &texts(live), &texts(targets), &BTreeSet::new())
            }
            (Self::DeregisterTargets { target_group, targets }, Seen::Targets(live)) => {
                members_differ(target_group.id(), "the target", &texts(live), &BTreeSet::new(), &texts(targets))
            }
            (Self::CreateListener { load_balancer, .. }, Seen::Listeners { found, tags }) => {
                there(found.first(), load_balancer.id(), |live| made_listener_differs(self, live, tags, asked))
            }
            (Self::ModifyListener { listener, target_group }, Seen::Listeners { found, .. }) => {
                there(found.first(), listener.id(), |live| forwarding_differs(live, target_group.id(), asked))
            }
            (Self::DeleteListener { listener }, Seen::Listeners { found, .. }) => gone(found.first(), listener.id()),
            (
                Self::Create { .. }
                | Self::SetGroups { .. }
                | Self::SetSubnets { .. }
                | Self::Delete { .. }
                | Self::CreateTargetGroup { .. }
                | Self::ModifyTargetGroup { .. }
                | Self::DeleteTargetGroup { .. }
                | Self::RegisterTargets { .. }
                | Self::DeregisterTargets { .. }
                | Self::CreateListener { .. }
                | Self::ModifyListener { .. }
                | Self::DeleteListener { .. },
                _,
            ) => not_its_undo(),
        }
    }

    fn effect(&self, seen: &Seen) -> Option<Performed> {
        const ASKED: Asked = Asked::Effect;
        let arn = match (self, seen) {
            (Self::Create { .. }, Seen::Balancers { found, .. }) => {
                found.iter().find(|live| made_differs(self, live, ASKED).is_none()).map(|live| &live.arn)?
            }
            (Self::CreateTargetGroup { .. }, Seen::TargetGroups(found)) => found
                .iter()
                .find(|live| made_target_group_differs(self, live, ASKED).is_none())
                .map(|live| &live.arn)?,
            (Self::CreateListener { .. }, Seen::Listeners { found, tags }) => found
                .iter()
                .find(|live| made_listener_differs(self, live, tags, ASKED).is_none())
                .map(|live| &live.arn)?,
            (
                Self::Create { .. }
                | Self::CreateTargetGroup { .. }
                | Self::CreateListener { .. }
                | Self::SetGroups { .. }
                | Self::SetSubnets { .. }
                | Self::Delete { .. }
                | Self::ModifyTargetGroup { .. }
                | Self::DeleteTargetGroup { .. }
                | Self::RegisterTargets { .. }
                | Self::DeregisterTargets { .. }
                | Self::ModifyListener { .. }
                | Self::DeleteListener { .. },
                _,
            ) => return self.differs(seen, ASKED).is_none().then(Performed::default),
        };
        Some(made(Some(arn.clone()), [], Vec::new()))
    }
}

async fn tags_of(api: &Api, arn: &str) -> Result<Tags, ProviderError> {
    Ok(parts::tags_of(api, &[arn.to_owned()]).await?.remove(arn).unwrap_or_default())
}

/// What a create call made carries its mark; before an undo all of the run's tags count.
fn mark_differs(id: &str, live: &Tags, wanted: &Tags, asked: Asked) -> Difference {
    match asked {
        Asked::Effect => (!tags::marked(live, wanted)).then(|| format!("{id} does not carry the mark")),
        Asked::Undo => tags_differ(id, live, wanted),
    }
}

fn made_differs(op: &LoadBalancerOp, live: &LiveLoadBalancer, asked: Asked) -> Difference {
    let LoadBalancerOp::Create { name, subnets, groups, tags } = op else { return not_its_undo() };
    let arn = &live.arn;
    if live.name != *name || !live.lb_type.eq_ignore_ascii_case("network") {
        return Some(format!("{arn} is not the load balancer {name} that this run made"));
    }
    sets_differ(arn, "subnets", &live.subnets.keys().cloned().collect(), &subnet_ids(subnets))
        .or_else(|| sets_differ(arn, "groups", &live.groups, &ids(groups)))
        .or_else(|| mark_differs(arn, &live.tags, tags, asked))
        .or_else(|| {
            // Nobody asks for the listeners after a lost answer.
            let listener = live.listeners.iter().flatten().next()?;
            Some(format!("{arn} has a listener on port {}, which was added to it", listener.port))
        })
}

/// After a lost answer a flag that is not answered counts as AWS's default. Before an undo it does not count: an
/// emulator takes it and never answers it (facts/aws 1.1).
fn enforcement_differs(live: &LiveLoadBalancer, wanted: Option<bool>, asked: Asked) -> Difference {
    let now = match asked {
        Asked::Effect => live.enforce_private_link.unwrap_or(true),
        Asked::Undo => live.enforce_private_link?,
    };
    let wanted = wanted.filter(|wanted| *wanted != now)?;
    let word = if wanted { "does not enforce" } else { "enforces" };
    Some(format!("{} {word} its groups' rules on PrivateLink traffic", live.arn))
}

/// After a lost answer a pinned address must be seen. Before an undo one that the API does not name is not compared.
fn placement_differs(live: &LiveLoadBalancer, wanted: &[SubnetPin], asked: Asked) -> Difference {
    let arn = &live.arn;
    sets_differ(arn, "subnets", &live.subnets.keys().cloned().collect(), &subnet_ids(wanted)).or_else(|| {
        wanted.iter().find_map(|pin| {
            let (wanted, now) = (pin.ip?, live.subnets.get(&pin.subnet).copied().flatten());
            match (now, asked) {
                (Some(now), _) => (wanted != now).then(|| format!("{arn} has {now} in {}, not {wanted}", pin.subnet)),
                (None, Asked::Effect) => Some(format!("{arn} does not tell its address in {}", pin.subnet)),
                (None, Asked::Undo) => None,
            }
        })
    })
}

fn made_target_group_differs(op: &LoadBalancerOp, live: &LiveTargetGroup, asked: Asked) -> Difference {
    let LoadBalancerOp::CreateTargetGroup { name, port, vpc, health, tags } = op else { return not_its_undo() };
    let arn = &live.arn;
    let same = live.name == *name && live.port == *port && live.vpc == *vpc;
    if !same || !live.protocol.eq_ignore_ascii_case("tcp") {
        return Some(format!("{arn} is not the target group {name} that this run made"));
    }
    health
        .and_then(|health| health_differs(arn, &live.health, health))
        .or_else(|| mark_differs(arn, &live.tags, tags, asked))
        .or_else(|| {
            asked.before_undo(|| {
                let (ip, port, _) = live.targets.first()?;
                Some(format!("{arn} has the target {ip}:{port}, which was added to it"))
            })
        })
}

fn health_differs(arn: &str, live: &LiveHealth, wanted: Health) -> Difference {
    let same = live.protocol.eq_ignore_ascii_case("tcp")
        && live.interval_secs == wanted.interval_secs
        && live.timeout_secs == wanted.timeout_secs()
        && live.healthy == wanted.threshold
        && live.unhealthy == wanted.threshold;
    (!same).then(|| format!("{arn} has another health check"))
}

fn texts(targets: &BTreeSet<Target>) -> BTreeSet<String> {
    targets.iter().map(|target| format!("{}:{}", target.ip, target.port)).collect()
}

/// After a lost answer its port and target group make the listener out: the load balancer is ours.
fn made_listener_differs(op: &LoadBalancerOp, live: &LiveListener, live_tags: &Tags, asked: Asked) -> Difference {
    let LoadBalancerOp::CreateListener { port, target_group, tags, .. } = op else { return not_its_undo() };
    if live.port != *port || forwarding_differs(live, target_group.id(), asked).is_some() {
        return Some(format!("{} does not forward as this run wrote it", live.arn));
    }
    asked.before_undo(|| tags_differ(&live.arn, live_tags, tags))
}

/// The protocol is no part of the calls: it counts before an undo only.
fn forwarding_differs(live: &LiveListener, target_group: &str, asked: Asked) -> Difference {
    let arn = &live.arn;
    let of_protocol = asked.before_undo(|| {
        (!live.protocol.eq_ignore_ascii_case("tcp")).then(|| format!("{arn} has the protocol {}", live.protocol))
    });
    let shared = || live.also.first().map(|other| format!("{arn} also forwards to {other}"));
    of_protocol.or_else(shared).or_else(|| {
        let now = live.target_group.as_deref();
        (now != Some(target_group))
            .then(|| format!("{arn} forwards to {}, not to {target_group}", now.unwrap_or("no target group")))
    })
}
