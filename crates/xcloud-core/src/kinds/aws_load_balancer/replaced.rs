//! What a load balancer that is replaced holds, as a plan shows it.

use serde_json::Value;

use super::listeners::{shown_listener, shown_live};
use crate::kinds::shared::aws::replacement::{Held, known, subnets};
use crate::kinds::shared::aws::{Index, addresses};
use crate::live::{LiveListener, LiveLoadBalancer};
use crate::model::{LoadBalancer, PrivateLinkIngress};
use crate::op::SubnetPin;
use crate::plan::{Path, Property};

/// Returns what a live load balancer holds, with its listeners.
pub(super) fn held(
    index: &Index<'_>,
    live: &LiveLoadBalancer,
    spec: &LoadBalancer,
    pins: &[SubnetPin],
    new_name: &str,
) -> Held {
    let ips = addresses::by_subnet(&live.subnets, &live.interfaces);
    let mut old = Held::from([
        (Property::Name.into(), Value::from(new_name)),
        (Property::SecurityGroups.into(), known(&live.groups)),
    ]);
    if spec.private_link_ingress_rules.is_some() && !live.groups.is_empty() {
        let enforced = live.enforce_private_link != Some(false);
        let rules = if enforced { PrivateLinkIngress::Enforced } else { PrivateLinkIngress::Off };
        old.insert(Property::PrivateLinkIngressRules.into(), Value::from(word(rules)));
    }
    old.extend(subnets(live.subnets.keys(), &ips, pins));
    let there = live.listeners.iter().flatten();
    old.extend(there.map(|one| (Path::Listener(one.port, None), listener(index, spec, one))));
    old
}

fn listener(index: &Index<'_>, spec: &LoadBalancer, live: &LiveListener) -> Value {
    let group = live
        .target_group
        .as_deref()
        .and_then(|arn| index.target_groups.values().copied().find(|group| group.arn == arn));
    let declared = spec.listeners.iter().find(|one| one.port == live.port);
    match group {
        Some(group) => shown_live(live, group, declared),
        None => shown_listener(&live.protocol, Vec::new(), None),
    }
}

pub(super) fn word(rules: PrivateLinkIngress) -> &'static str {
    match rules {
        PrivateLinkIngress::Enforced => "enforced",
        PrivateLinkIngress::Off => "off",
    }
}
