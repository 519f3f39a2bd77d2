//! Late binding: replaces what a plan could not know with what earlier steps answered.

use std::collections::{BTreeMap, BTreeSet};

use ipnet::IpNet;

use super::{AwsOp, AzureOp, Handle, LedgerOp, Object, Op, PeerHandle, RecordValue, WriteGuard};
use crate::model::{Addr, AddressKind, Addresses};

/// What earlier steps and watches answered.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Bindings {
    /// Ids and facts of made objects.
    pub objects: BTreeMap<Object, String>,
    /// Addresses of endpoint services and endpoints.
    pub addresses: BTreeMap<(Addr, AddressKind), BTreeSet<IpNet>>,
}

/// An operation could not be bound.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unbound {
    /// No step answered the id or fact.
    #[error("`{}` is not known yet", .0.0)]
    Object(Object),
    /// No watch answered the addresses.
    #[error("the addresses of {0} are not known yet")]
    Addresses(Addr),
    /// The addresses are not those that the plan was approved for.
    #[error("the addresses of {of} are {got}, the plan allows {bound}")]
    OutsideBound {
        /// Whose addresses.
        of: Addr,
        /// What the cloud chose.
        got: String,
        /// What the plan showed.
        bound: String,
    },
}

impl Op {
    /// Returns every late address set of the operation.
    #[must_use]
    pub fn late_addresses(&self) -> Vec<crate::model::LateAddresses> {
        if matches!(self, Self::Aws(_)) {
            return Vec::new();
        }
        let mut copy = self.clone();
        copy.addresses_mut()
            .into_iter()
            .filter_map(|addresses| match addresses {
                Addresses::Late(late) => Some(late.clone()),
                Addresses::Known(_) => None,
            })
            .collect()
    }

    /// Returns the operation with every late value replaced.
    ///
    /// # Errors
    /// [`Unbound`] if a value is missing, or outside the bound that the plan showed.
    pub fn bind(&self, bindings: &Bindings) -> Result<Self, Unbound> {
        let mut op = self.clone();
        op.rebuild_sets(bindings)?;
        for handle in op.handles_mut() {
            bind_handle(handle, bindings)?;
        }
        for addresses in op.addresses_mut() {
            bind_addresses(addresses, bindings)?;
        }
        Ok(op)
    }

    /// Handles inside ordered sets cannot be changed in place: the sets are rebuilt.
    fn rebuild_sets(&mut self, bindings: &Bindings) -> Result<(), Unbound> {
        for set in self.handle_sets_mut() {
            let bound: Result<BTreeSet<Handle>, Unbound> = std::mem::take(set)
                .into_iter()
                .map(|mut handle| bind_handle(&mut handle, bindings).map(|()| handle))
                .collect();
            *set = bound?;
        }
        Ok(())
    }

    fn handle_sets_mut(&mut self) -> Vec<&mut BTreeSet<Handle>> {
        let Self::Aws(op) = self else { return Vec::new() };
        match op {
            AwsOp::CreateLoadBalancer { groups, .. }
            | AwsOp::SetLoadBalancerGroups { groups, .. }
            | AwsOp::CreateEndpoint { groups, .. } => vec![groups],
            AwsOp::CreateEndpointService { load_balancers, .. } => vec![load_balancers],
            AwsOp::ModifyEndpointService { add, remove, .. } => vec![add, remove],
            AwsOp::AcceptConnections { endpoints, .. }
            | AwsOp::RejectConnections { endpoints, .. }
            | AwsOp::DeleteEndpoints { endpoints } => vec![endpoints],
            AwsOp::ModifyEndpoint { add_groups, remove_groups, .. } => vec![add_groups, remove_groups],
            _ => Vec::new(),
        }
    }

    fn handles_mut(&mut self) -> Vec<&mut Handle> {
        match self {
            Self::Aws(op) => aws_handles(op),
            Self::Azure(op) => azure_handles(op),
            Self::Ledger(LedgerOp::PutActiveRecord { guard: WriteGuard::After(handle), .. }) => vec![handle],
            Self::Ledger(_) => Vec::new(),
        }
    }

    fn addresses_mut(&mut self) -> Vec<&mut Addresses> {
        match self {
            Self::Aws(_) | Self::Ledger(_) => Vec::new(),
            Self::Azure(op) => azure_addresses(op),
        }
    }

    /// Returns every object that the operation needs to know, also inside sets.
    #[must_use]
    pub fn needed_objects(&self) -> BTreeSet<Object> {
        let mut needed: BTreeSet<Object> = BTreeSet::new();
        self.clone().each_needed(|object| needed.extend([object.clone()]));
        needed
    }

    /// Visits every object that the operation needs to know, also inside sets. Nothing is changed: the operation is
    /// borrowed for change so that it need not be copied.
    pub(crate) fn each_needed(&mut self, mut visit: impl FnMut(&Object)) {
        let mut note = |handle: &Handle| {
            if let Handle::Made(object) = handle {
                visit(object);
            }
        };
        self.handle_sets_mut().into_iter().flat_map(|set| set.iter()).for_each(&mut note);
        self.handles_mut().into_iter().for_each(|handle| note(handle));
    }
}

fn aws_handles(op: &mut AwsOp) -> Vec<&mut Handle> {
    match op {
        AwsOp::AuthorizeSecurityGroupRules { group, rules, .. }
        | AwsOp::RevokeSecurityGroupPermissions { group, rules, .. } => {
            let mut handles = vec![group];
            handles.extend(rules.iter_mut().filter_map(|rule| peer_handle(&mut rule.peer)));
            handles
        }
        AwsOp::ModifySecurityGroupRules { group, rules } => {
            let mut handles = vec![group];
            handles.extend(rules.values_mut().filter_map(|rule| peer_handle(&mut rule.peer)));
            handles
        }
        AwsOp::RevokeSecurityGroupRules { group, .. }
        | AwsOp::RevokeDefaultEgress { group }
        | AwsOp::DeleteSecurityGroup { group } => vec![group],
        AwsOp::SetLoadBalancerGroups { load_balancer, .. }
        | AwsOp::SetSubnets { load_balancer, .. }
        | AwsOp::DeleteLoadBalancer { load_balancer } => vec![load_balancer],
        AwsOp::ModifyTargetGroup { target_group, .. }
        | AwsOp::RegisterTargets { target_group, .. }
        | AwsOp::DeregisterTargets { target_group, .. }
        | AwsOp::DeleteTargetGroup { target_group } => vec![target_group],
        AwsOp::CreateListener { load_balancer, target_group, .. } => vec![load_balancer, target_group],
        AwsOp::ModifyListener { listener, target_group } => vec![listener, target_group],
        AwsOp::DeleteListener { listener } => vec![listener],
        AwsOp::ModifyEndpointService { service, .. }
        | AwsOp::ModifyServicePermissions { service, .. }
        | AwsOp::DeleteEndpointService { service }
        | AwsOp::AcceptConnections { service, .. }
        | AwsOp::RejectConnections { service, .. } => vec![service],
        AwsOp::CreateEndpoint { service_name, .. } => vec![service_name],
        AwsOp::ModifyEndpoint { endpoint, .. } => vec![endpoint],
        AwsOp::ChangeRecords { changes, .. } => changes
            .iter_mut()
            .flat_map(|change| match &mut change.value {
                RecordValue::Alias { dns_name, zone } => vec![dns_name, zone],
                RecordValue::Txt { .. } => Vec::new(),
            })
            .collect(),
        AwsOp::CreateSecurityGroup { .. }
        | AwsOp::CreateTags { .. }
        | AwsOp::AddTags { .. }
        | AwsOp::CreateLoadBalancer { .. }
        | AwsOp::CreateTargetGroup { .. }
        | AwsOp::CreateEndpointService { .. }
        | AwsOp::DeleteEndpoints { .. } => Vec::new(),
    }
}

fn peer_handle(peer: &mut PeerHandle) -> Option<&mut Handle> {
    match peer {
        PeerHandle::Group(handle) => Some(handle),
        PeerHandle::Cidr(_) | PeerHandle::PrefixList(_) => None,
    }
}

fn azure_addresses(op: &mut AzureOp) -> Vec<&mut Addresses> {
    match op {
        AzureOp::PutSecurityRule { rule, .. } => vec![&mut rule.from, &mut rule.to],
        AzureOp::PutRuleGroup { rules, guard, .. } => {
            let held = match guard {
                WriteGuard::Holds(op) => azure_addresses(op),
                WriteGuard::Absent | WriteGuard::Unchanged(_) | WriteGuard::After(_) | WriteGuard::None => Vec::new(),
            };
            rules.iter_mut().flat_map(|rule| [&mut rule.from, &mut rule.to]).chain(held).collect()
        }
        AzureOp::PutRecordSet { addresses, .. } => vec![addresses],
        _ => Vec::new(),
    }
}

fn azure_handles(op: &mut AzureOp) -> Vec<&mut Handle> {
    let (handle, guard) = match op {
        AzureOp::PutPrivateEndpoint { service, guard, .. } => (Some(service), Some(guard)),
        AzureOp::SetLinkConnection { service, .. } => (Some(service), None),
        AzureOp::PutRuleGroup { guard, .. }
        | AzureOp::DeleteRuleGroup { guard, .. }
        | AzureOp::PutLinkService { guard, .. }
        | AzureOp::DeleteLinkService { guard, .. }
        | AzureOp::DeletePrivateEndpoint { guard, .. }
        | AzureOp::PutRecordSet { guard, .. }
        | AzureOp::PutTextRecord { guard, .. }
        | AzureOp::DeleteRecordSet { guard, .. } => (None, Some(guard)),
        _ => (None, None),
    };
    let guarded = guard.map_or_else(Vec::new, |guard| match guard {
        WriteGuard::After(handle) => vec![handle],
        WriteGuard::Holds(op) => azure_handles(op),
        WriteGuard::Absent | WriteGuard::Unchanged(_) | WriteGuard::None => Vec::new(),
    });
    handle.into_iter().chain(guarded).collect()
}

fn bind_handle(handle: &mut Handle, bindings: &Bindings) -> Result<(), Unbound> {
    if let Handle::Made(object) = handle {
        let id = bindings.objects.get(object).ok_or_else(|| Unbound::Object(object.clone()))?;
        *handle = Handle::Known(id.clone());
    }
    Ok(())
}

fn bind_addresses(addresses: &mut Addresses, bindings: &Bindings) -> Result<(), Unbound> {
    let Addresses::Late(late) = addresses else { return Ok(()) };
    let got =
        bindings.addresses.get(&(late.of.clone(), late.kind)).ok_or_else(|| Unbound::Addresses(late.of.clone()))?;
    let inside = got.iter().all(|ip| late.within.iter().any(|net| net.contains(ip)));
    if got.len() != late.count || !inside {
        let list: Vec<String> = got.iter().map(ToString::to_string).collect();
        return Err(Unbound::OutsideBound { of: late.of.clone(), got: list.join(", "), bound: late.to_string() });
    }
    *addresses = Addresses::Known(got.union(&late.kept).copied().collect());
    Ok(())
}
