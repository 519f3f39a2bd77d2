//! Load balancers that an endpoint service finds: exactly one, free, with the listener and the groups that a flow needs.

use ipnet::IpNet;

use super::index::Index;
use super::selectors::show;
use crate::code::ProblemCode;
use crate::live::{LiveLoadBalancer, LiveRule};
use crate::marks;
use crate::model::{Addr, FoundLoadBalancer, PortRange, Protocol, Selector};
use crate::plan::draft::Draft;
use crate::reach::{Peers, Services};

/// Returns the load balancer that the selector names, or adds a problem.
pub(crate) fn find<'a>(
    draft: &mut Draft<'_>,
    index: &Index<'a>,
    addr: &Addr,
    selector: &Selector,
) -> Option<&'a LiveLoadBalancer> {
    match matches(index, selector).as_slice() {
        [found] => Some(found),
        [] => {
            let text = format!("no load balancer in {} matches {}", index.key, show(selector));
            draft.problem(addr, ProblemCode::LoadBalancerNotFound, text, "create it, or correct the selector");
            None
        }
        several => {
            let names: Vec<&str> = several.iter().map(|live| live.name.as_str()).collect();
            let text = format!("{} load balancers match {}: {}", names.len(), show(selector), names.join(", "));
            draft.problem(addr, ProblemCode::LoadBalancerAmbiguous, text, "make the selector match exactly one");
            None
        }
    }
}

/// Returns every load balancer that the selector names.
pub(crate) fn matches<'a>(index: &Index<'a>, selector: &Selector) -> Vec<&'a LiveLoadBalancer> {
    match selector {
        Selector::Id(arn) => index.balancers.get(arn.as_str()).copied().into_iter().collect(),
        Selector::Tag(tags) => {
            let network = |live: &&LiveLoadBalancer| live.lb_type.eq_ignore_ascii_case("network");
            index.balancers_tagged(tags).into_iter().filter(network).collect()
        }
    }
}

/// Refuses a load balancer that another service has: AWS allows one service for each.
pub(crate) fn refuse_taken(draft: &mut Draft<'_>, index: &Index<'_>, addr: &Addr, arn: &str) {
    for service in index.services_of_balancer.get(arn).into_iter().flatten() {
        let holder = marks::marked_address(&service.tags, &draft.desired.product);
        if holder.as_ref() == Some(addr) {
            continue;
        }
        let name = index.balancers.get(arn).map_or(arn, |live| live.name.as_str());
        let (owner, hint) = match holder {
            None => ("not ours".to_owned(), "a load balancer can belong to one endpoint service only".to_owned()),
            Some(other) if draft.desired.resources.contains_key(&other) => {
                (format!("made for {other}"), format!("take it out of {other} first, in a run of its own"))
            }
            Some(other) => {
                (format!("made for {other}"), format!("delete that one first: `apply --prune --exclude {addr}`"))
            }
        };
        let text = format!("{name} already belongs to the endpoint service {} ({owner})", service.id);
        draft.problem(addr, ProblemCode::LoadBalancerTaken, text, &hint);
    }
}

/// Checks that a found load balancer can carry the flow; adds a problem for everything that it lacks.
pub(crate) fn check(
    draft: &mut Draft<'_>,
    index: &Index<'_>,
    addr: &Addr,
    live: &LiveLoadBalancer,
    wanted: Option<&FoundLoadBalancer>,
) {
    let Some(wanted) = wanted else { return };
    let listens = live.listeners.iter().flatten().any(|listener| listener.port == wanted.port);
    if live.listeners.is_some() && !listens {
        let text = format!("{} has no listener on port {}", live.name, wanted.port);
        draft.problem(addr, ProblemCode::ListenerMissing, text, "add the listener, or correct the flow's port");
    }
    if live.groups.is_empty() || live.enforce_private_link == Some(false) {
        return;
    }
    let refused: Vec<String> = wanted
        .clients
        .iter()
        .filter(|client| !admitted(index, live, wanted.port, client))
        .map(ToString::to_string)
        .collect();
    if !refused.is_empty() {
        let groups: Vec<&str> = live.groups.iter().map(String::as_str).collect();
        let text = format!(
            "the groups of {} ({}) do not admit {} on port {}",
            live.name,
            groups.join(", "),
            refused.join(", "),
            wanted.port
        );
        let hint = "with enforced inbound rules AWS drops these connections silently: admit the clients there";
        draft.problem(addr, ProblemCode::ClientsNotAdmitted, text, hint);
    }
}

/// Returns true if the groups' inbound CIDR rules together cover the client range. Prefix lists and references to
/// groups cannot be judged here and count as covering, so that only a certain refusal is a problem.
fn admitted(index: &Index<'_>, live: &LiveLoadBalancer, port: u16, client: &IpNet) -> bool {
    let rules = live.groups.iter().filter_map(|id| index.groups.get(id.as_str())).flat_map(|group| &group.rules);
    let wanted = Services::of(Protocol::Tcp, &[PortRange::single(port)]);
    let carries = |rule: &&LiveRule| {
        let plain = !rule.egress && rule.raw.is_none();
        plain && Services::of(rule.protocol, rule.ports.as_slice()).covers(&wanted)
    };
    let carrying: Vec<&LiveRule> = rules.filter(carries).collect();
    carrying.iter().any(|rule| rule.prefix_list.is_some() || rule.group.is_some())
        || Peers::of_nets(carrying.iter().filter_map(|rule| rule.cidr)).covers(&Peers::of_nets([*client]))
}
