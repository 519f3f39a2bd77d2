//! Looks whether an object is still as a call left it, so that the call may be undone: its effect holds exactly, and
//! nothing was added that the undo would take away.

use std::collections::{BTreeMap, BTreeSet};

use xcloud_core::live::{
    EndpointState, LiveEndpoint, LiveListener, LiveLoadBalancer, LiveRule, LiveService, LiveTargetGroup,
};
use xcloud_core::model::Target;
use xcloud_core::op::{
    AwsOp, EndpointOp, EndpointServiceOp, GroupRule, Handle, LoadBalancerOp, Op, PeerHandle, PrivateZoneRecordOp,
    SecurityGroupOp, TagOp,
};
use xcloud_core::provider::{ErrorKind, Left, ProviderError};

use crate::clients::Api;
use crate::observe::{balancer_parts, endpoints, groups, load_balancers, services};
use crate::perform::target_groups::has_health;
use crate::perform::zones;
use crate::rules;
use crate::tags::Tags;
use crate::{find, left_created};

/// What is not as a call leaves it, in one sentence; `None` if everything is.
pub(crate) type Difference = Option<String>;

/// Looks whether the object is as `op` left it, or already as `undo` would leave it.
pub(crate) async fn left(api: &Api, op: &AwsOp, undo: &AwsOp) -> Result<Left, ProviderError> {
    for one in [op, undo] {
        if !Op::Aws(one.clone()).needed_objects().is_empty() {
            return Err(api.error(op.name(), ErrorKind::Invalid, "the operation names objects that are not known yet"));
        }
    }
    match op {
        AwsOp::SecurityGroup(SecurityGroupOp::Create { .. })
        | AwsOp::LoadBalancer(LoadBalancerOp::Create { .. })
        | AwsOp::LoadBalancer(LoadBalancerOp::CreateTargetGroup { .. })
        | AwsOp::LoadBalancer(LoadBalancerOp::CreateListener { .. })
        | AwsOp::EndpointService(EndpointServiceOp::Create { .. })
        | AwsOp::Endpoint(EndpointOp::Create { .. }) => left_created::left(api, op, undo).await,
        AwsOp::SecurityGroup(SecurityGroupOp::Authorize { group, .. })
        | AwsOp::SecurityGroup(SecurityGroupOp::ModifyRules { group, .. }) => {
            let live = groups::rules_of_one(api, group.id()).await?;
            Ok(judged(|op| rules_differ(&live, op), op, undo))
        }
        AwsOp::Tag(TagOp::CreateTags { resources, .. }) => {
            let live = find::ec2_tags(api, resources).await?;
            Ok(judged(|op| tags_differ(&live, op), op, undo))
        }
        AwsOp::Tag(TagOp::AddTags { resources, .. }) => {
            let arns: Vec<String> = resources.iter().cloned().collect();
            let live = balancer_parts::tags_of(api, &arns).await?;
            Ok(judged(|op| tags_differ(&live, op), op, undo))
        }
        AwsOp::Endpoint(EndpointOp::Modify { endpoint, .. }) => {
            let live = endpoints::one(api, endpoint.id()).await?.map(|listed| listed.endpoint);
            Ok(judged(|op| endpoint_differs(live.as_ref(), op), op, undo))
        }
        AwsOp::EndpointService(EndpointServiceOp::Modify { service, .. }) => {
            let live = services::one(api, service.id()).await?;
            Ok(judged(|op| service_differs(live.as_ref(), op), op, undo))
        }
        AwsOp::EndpointService(EndpointServiceOp::ModifyPermissions { service, .. }) => {
            let live = services::principals(api, service.id()).await?;
            Ok(judged(|op| principals_differ(&live, op), op, undo))
        }
        AwsOp::PrivateZoneRecord(PrivateZoneRecordOp::Change { zone, .. }) => records(api, zone, op, undo).await,
        _ => of_balancer(api, op, undo).await,
    }
}

async fn of_balancer(api: &Api, op: &AwsOp, undo: &AwsOp) -> Result<Left, ProviderError> {
    match op {
        AwsOp::LoadBalancer(LoadBalancerOp::SetGroups { load_balancer, .. })
        | AwsOp::LoadBalancer(LoadBalancerOp::SetSubnets { load_balancer, .. }) => {
            let live = load_balancers::one(api, load_balancer.id()).await?;
            Ok(judged(|op| balancer_differs(live.as_ref(), op), op, undo))
        }
        AwsOp::LoadBalancer(LoadBalancerOp::ModifyTargetGroup { target_group, .. }) => {
            let live = load_balancers::target_group(api, target_group.id()).await?;
            Ok(judged(|op| health_differs(live.as_ref(), op), op, undo))
        }
        AwsOp::LoadBalancer(LoadBalancerOp::RegisterTargets { target_group, .. }) => {
            let live = balancer_parts::targets(api, target_group.id()).await?;
            let live = live.into_iter().map(|(ip, port, _)| Target { ip, port }).collect();
            Ok(judged(|op| targets_differ(&live, op), op, undo))
        }
        AwsOp::LoadBalancer(LoadBalancerOp::ModifyListener { listener, .. }) => {
            let live = balancer_parts::listener(api, listener.id()).await?;
            Ok(judged(|op| listener_differs(live.as_ref(), op), op, undo))
        }
        // What nothing undoes is compared all the same: as it is after the call, as it is after the other, or neither.
        _ if find::holds(api, op).await? => Ok(Left::AsLeft),
        _ if find::holds(api, undo).await? => Ok(Left::Back),
        _ => Ok(Left::Changed(format!("what {} wrote is not there any more", op.name()))),
    }
}

/// Compares one look with the call and with its undo.
fn judged(differs: impl Fn(&AwsOp) -> Difference, op: &AwsOp, undo: &AwsOp) -> Left {
    match (differs(op), differs(undo)) {
        (None, _) => Left::AsLeft,
        (Some(_), None) => Left::Back,
        (Some(what), Some(_)) => Left::Changed(what),
    }
}

/// The undo is of another kind than its call: nothing is as that would leave it.
fn of_another_kind(op: &AwsOp) -> Difference {
    Some(format!("{} is no undo of this call", op.name()))
}

fn ids(handles: &BTreeSet<Handle>) -> BTreeSet<String> {
    handles.iter().map(|handle| handle.id().to_owned()).collect()
}

/// Returns the rule in words: `tcp 443 from 10.0.0.0/16`.
pub(crate) fn words(rule: &GroupRule, egress: bool) -> String {
    let ports = rule.ports.map(|ports| format!(" {ports}")).unwrap_or_default();
    let peer = match &rule.peer {
        PeerHandle::Cidr(net) => net.to_string(),
        PeerHandle::PrefixList(id) => id.clone(),
        PeerHandle::Group(group) => group.id().to_owned(),
    };
    format!("{}{ports} {} {peer}", rule.protocol, if egress { "to" } else { "from" })
}

/// An emulator does not answer the text of a rule whose peer is a group or a prefix list (facts: moto 5.2.5).
fn same_text(wanted: &GroupRule, live: &LiveRule) -> bool {
    let unread = live.description.is_none() && !matches!(wanted.peer, PeerHandle::Cidr(_));
    unread || wanted.description == live.description
}

fn rules_differ(live: &[LiveRule], op: &AwsOp) -> Difference {
    match op {
        AwsOp::SecurityGroup(SecurityGroupOp::Authorize { group, egress, rules, tags }) => {
            rules.iter().find_map(|rule| {
                let (name, group) = (words(rule, *egress), group.id());
                let Some(there) = live.iter().find(|live| rules::same(rule, *egress, live)) else {
                    return Some(format!("the rule {name} of {group} is gone"));
                };
                if !crate::tags::contain(&there.tags, tags) {
                    return Some(format!("the rule {name} of {group} ({}) does not carry this run's mark", there.id));
                }
                (!same_text(rule, there))
                    .then(|| format!("the rule {name} of {group} ({}) has another description", there.id))
            })
        }
        AwsOp::SecurityGroup(SecurityGroupOp::RevokeByContent { group, egress, rules }) => {
            let left = rules.iter().find(|rule| live.iter().any(|live| rules::same(rule, *egress, live)))?;
            Some(format!("the rule {} of {} is there", words(left, *egress), group.id()))
        }
        AwsOp::SecurityGroup(SecurityGroupOp::ModifyRules { group, rules }) => rules.iter().find_map(|(id, rule)| {
            let Some(there) = live.iter().find(|live| live.id == *id) else {
                return Some(format!("the rule {id} of {} is gone", group.id()));
            };
            let same = rules::same(rule, there.egress, there) && same_text(rule, there);
            (!same).then(|| {
                let wanted = words(rule, there.egress);
                format!("the rule {id} of {} is not {wanted} as this run wrote it", group.id())
            })
        }),
        other => of_another_kind(other),
    }
}

fn tags_differ(live: &BTreeMap<String, Tags>, op: &AwsOp) -> Difference {
    let (AwsOp::Tag(TagOp::CreateTags { resources, tags }) | AwsOp::Tag(TagOp::AddTags { resources, tags })) = op
    else {
        return of_another_kind(op);
    };
    resources.iter().find_map(|id| {
        let there = live.get(id);
        tags.iter().find_map(|(key, value)| match there.and_then(|there| there.get(key)) {
            Some(now) if now == value => None,
            Some(now) => Some(format!("the tag {key} of {id} is `{now}`, not `{value}`")),
            None => Some(format!("{id} has no tag {key}")),
        })
    })
}

fn endpoint_differs(live: Option<&LiveEndpoint>, op: &AwsOp) -> Difference {
    let AwsOp::Endpoint(EndpointOp::Modify {
        endpoint,
        add_subnets,
        remove_subnets,
        add_groups,
        remove_groups,
        private_dns,
    }) = op
    else {
        return of_another_kind(op);
    };
    let id = endpoint.id();
    let Some(live) = live.filter(|live| live.state != EndpointState::Deleting) else {
        return Some(format!("{id} is gone"));
    };
    let added: BTreeSet<String> = add_subnets.iter().map(|pin| pin.subnet.clone()).collect();
    members_differ(id, "the subnet", &live.subnets, &added, remove_subnets)
        .or_else(|| members_differ(id, "the group", &live.groups, &ids(add_groups), &ids(remove_groups)))
        .or_else(|| {
            let wanted = private_dns.filter(|wanted| *wanted != live.private_dns)?;
            let now = if wanted { "off" } else { "on" };
            Some(format!("private DNS of {id} is {now}"))
        })
}

/// Compares a set of which a call adds and removes members; those of others do not count.
fn members_differ(
    id: &str,
    what: &str,
    live: &BTreeSet<String>,
    added: &BTreeSet<String>,
    removed: &BTreeSet<String>,
) -> Difference {
    let missing = added.difference(live).next().map(|one| format!("{id} does not have {what} {one} any more"));
    missing.or_else(|| removed.intersection(live).next().map(|one| format!("{id} has {what} {one} again")))
}

fn service_differs(live: Option<&LiveService>, op: &AwsOp) -> Difference {
    let AwsOp::EndpointService(EndpointServiceOp::Modify { service, acceptance_required, add, remove }) = op else {
        return of_another_kind(op);
    };
    let id = service.id();
    let Some(live) = live.filter(|live| !live.state.is_going()) else { return Some(format!("{id} is gone")) };
    if acceptance_required.is_some_and(|wanted| wanted != live.acceptance_required) {
        let now = if live.acceptance_required { "asks for acceptance" } else { "accepts by itself" };
        return Some(format!("{id} {now}"));
    }
    members_differ(id, "the load balancer", &live.load_balancers, &ids(add), &ids(remove))
}

fn principals_differ(live: &BTreeSet<String>, op: &AwsOp) -> Difference {
    let AwsOp::EndpointService(EndpointServiceOp::ModifyPermissions { service, add, remove }) = op else {
        return of_another_kind(op);
    };
    members_differ(service.id(), "the principal", live, add, remove)
}

fn balancer_differs(live: Option<&LiveLoadBalancer>, op: &AwsOp) -> Difference {
    let (AwsOp::LoadBalancer(LoadBalancerOp::SetGroups { load_balancer, .. })
    | AwsOp::LoadBalancer(LoadBalancerOp::SetSubnets { load_balancer, .. })) = op
    else {
        return of_another_kind(op);
    };
    let arn = load_balancer.id();
    let Some(live) = live else { return Some(format!("{arn} is gone")) };
    match op {
        AwsOp::LoadBalancer(LoadBalancerOp::SetGroups { groups, enforce_private_link, .. }) => {
            let wanted = ids(groups);
            if live.groups != wanted {
                return Some(format!("{arn} has the groups {}, not {}", list(&live.groups), list(&wanted)));
            }
            // An emulator takes the flag and never answers it (facts: moto 5.2.5).
            let now = live.enforce_private_link?;
            let wanted = enforce_private_link.filter(|wanted| *wanted != now)?;
            let word = if wanted { "does not enforce" } else { "enforces" };
            Some(format!("{arn} {word} its groups' rules on PrivateLink traffic"))
        }
        AwsOp::LoadBalancer(LoadBalancerOp::SetSubnets { subnets, .. }) => {
            let wanted: BTreeSet<String> = subnets.iter().map(|pin| pin.subnet.clone()).collect();
            let there: BTreeSet<String> = live.subnets.keys().cloned().collect();
            if there != wanted {
                return Some(format!("{arn} has the subnets {}, not {}", list(&there), list(&wanted)));
            }
            subnets.iter().find_map(|pin| {
                // Where the API names no address, there is none to compare.
                let (wanted, now) = (pin.ip?, live.subnets.get(&pin.subnet).copied().flatten()?);
                (wanted != now).then(|| format!("{arn} has {now} in {}, not {wanted}", pin.subnet))
            })
        }
        other => of_another_kind(other),
    }
}

/// Returns the members of a set in one line.
pub(crate) fn list(set: &BTreeSet<String>) -> String {
    if set.is_empty() { "none".to_owned() } else { set.iter().cloned().collect::<Vec<_>>().join(", ") }
}

fn health_differs(live: Option<&LiveTargetGroup>, op: &AwsOp) -> Difference {
    let AwsOp::LoadBalancer(LoadBalancerOp::ModifyTargetGroup { target_group, health }) = op else {
        return of_another_kind(op);
    };
    let arn = target_group.id();
    let Some(live) = live else { return Some(format!("{arn} is gone")) };
    (!has_health(&live.health, *health)).then(|| format!("{arn} has another health check"))
}

fn targets_differ(live: &BTreeSet<Target>, op: &AwsOp) -> Difference {
    let text = |target: &Target| format!("{}:{}", target.ip, target.port);
    let texts = |targets: &BTreeSet<Target>| targets.iter().map(text).collect();
    let live = texts(live);
    match op {
        AwsOp::LoadBalancer(LoadBalancerOp::RegisterTargets { target_group, targets, .. }) => {
            members_differ(target_group.id(), "the target", &live, &texts(targets), &BTreeSet::new())
        }
        AwsOp::LoadBalancer(LoadBalancerOp::DeregisterTargets { target_group, targets }) => {
            members_differ(target_group.id(), "the target", &live, &BTreeSet::new(), &texts(targets))
        }
        other => of_another_kind(other),
    }
}

fn listener_differs(live: Option<&LiveListener>, op: &AwsOp) -> Difference {
    let AwsOp::LoadBalancer(LoadBalancerOp::ModifyListener { listener, target_group }) = op else {
        return of_another_kind(op);
    };
    let arn = listener.id();
    let Some(live) = live else { return Some(format!("{arn} is gone")) };
    if !live.protocol.eq_ignore_ascii_case("tcp") {
        return Some(format!("{arn} has the protocol {}", live.protocol));
    }
    (live.target_group.as_deref() != Some(target_group.id())).then(|| {
        let now = live.target_group.as_deref().unwrap_or("no target group");
        format!("{arn} forwards to {now}, not to {}", target_group.id())
    })
}

async fn records(api: &Api, zone: &str, op: &AwsOp, undo: &AwsOp) -> Result<Left, ProviderError> {
    let (
        AwsOp::PrivateZoneRecord(PrivateZoneRecordOp::Change { changes, .. }),
        AwsOp::PrivateZoneRecord(PrivateZoneRecordOp::Change { changes: back, .. }),
    ) = (op, undo)
    else {
        return Err(api.error(op.name(), ErrorKind::Invalid, "the undo is of another kind than its call"));
    };
    if zones::hold(api, zone, changes).await? {
        return Ok(Left::AsLeft);
    }
    if zones::hold(api, zone, back).await? {
        return Ok(Left::Back);
    }
    let names: Vec<&str> = changes.iter().map(|change| change.name.as_str()).collect();
    Ok(Left::Changed(format!("{} in the zone {zone} are not as this run wrote them", names.join(" and "))))
}
