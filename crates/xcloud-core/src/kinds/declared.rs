//! What every kind says of a declared resource: each question once, with no answer by default.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use serde_json::{Map, Value};

use super::{Claim, Property};
use crate::limits::Paced;
use crate::live::Query;
use crate::model::{
    Addr, AddressSource, Endpoint, EndpointService, FirewallRules, GroupRef, LoadBalancer, NetworkSecurityGroup,
    PlaceKey, PrivateDnsRecord, SecurityGroup, Selector, Spec,
};

/// What is asked of a declared resource, whatever its kind.
pub(crate) trait Declared {
    /// Returns the name that it gets in its cloud and within what that is unique; `None` if it has no name of its own.
    fn name(&self) -> Option<(Scope, &str)>;

    /// Returns what has one owner and is its own.
    fn claims(&self, place: &PlaceKey) -> Vec<Claim>;

    /// Returns its pinned addresses.
    fn pins(&self) -> &[Ipv4Addr];

    /// Returns the VPC and the groups of its interfaces, if it has any.
    fn interfaces(&self) -> Option<(Option<&Selector>, &[GroupRef])>;

    /// Returns the declared resources of its own kind that its rules name, itself left out.
    fn names_of_its_kind(&self, own: &Addr) -> Vec<&Addr>;

    /// Returns its Azure rules: what each is called and whom it serves.
    fn rules(&self) -> Vec<RuleHead<'_>>;

    /// Takes its rules outside the part of a run as they were: `in_part` tells of an environment and region.
    fn keep_outside(&mut self, before: &Spec, in_part: &dyn Fn(&str, Option<&str>) -> bool);

    /// Returns what it is on the way of the traffic: what the gates and the steps of a failover go by.
    fn role(&self) -> Role<'_>;

    /// Adds what must be asked of its place so that it can be planned.
    fn ask(&self, query: &mut Query);

    /// Returns what must be the same in both regions, always the same names for the same kind. Addresses, pins, CIDRs,
    /// VPCs and subnets may differ.
    fn properties(&self) -> Vec<Property>;

    /// Returns the calls that make it where nothing of it stands: what counts against the clouds' limits.
    fn creating_calls(&self) -> Vec<Paced>;

    /// Returns its body as it stands in a config file.
    fn as_written(&self, product: &str) -> Map<String, Value>;
}

/// Within what a name is unique: the place, and in it the VPC or resource group.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Scope {
    /// The account and region.
    Place,
    /// A VPC.
    Vpc(Selector),
    /// A resource group, lower-cased.
    ResourceGroup(String),
}

/// What an Azure rule is called and whom it serves.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RuleHead<'a> {
    /// Its name in Azure.
    pub(crate) name: &'a str,
    /// The environment that it serves.
    pub(crate) env: &'a str,
    /// The region that it serves, if that is a single one.
    pub(crate) region: Option<&'a str>,
}

/// What a resource is on the way of the traffic.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Role<'a> {
    /// Filters at interfaces.
    Group(&'a SecurityGroup),
    /// Forwards to targets, and has addresses that Azure rules may name.
    Balancer(&'a LoadBalancer),
    /// Offers load balancers to other VPCs.
    Service(&'a EndpointService),
    /// The entrance to a service, with addresses that Azure rules may name.
    Endpoint(&'a Endpoint),
    /// Rules beside those of others, at one subnet or interface.
    Filter(&'a NetworkSecurityGroup),
    /// Rules of our own in the firewall through which the ways of whole environments lead: there a fence stands.
    Wall(&'a FirewallRules),
    /// A name that a failover switches, with the addresses of each region.
    Switched(&'a PrivateDnsRecord, &'a BTreeMap<String, AddressSource>),
    /// Nothing that a gate judges by itself; that it stands as declared is judged of every kind.
    Beside,
}

impl<'a> Role<'a> {
    /// Returns what filters at interfaces.
    pub(crate) fn group(self) -> Option<&'a SecurityGroup> {
        match self {
            Self::Group(spec) => Some(spec),
            Self::Balancer(_)
            | Self::Service(_)
            | Self::Endpoint(_)
            | Self::Filter(_)
            | Self::Wall(_)
            | Self::Switched(..)
            | Self::Beside => None,
        }
    }

    /// Returns what offers load balancers to other VPCs.
    pub(crate) fn service(self) -> Option<&'a EndpointService> {
        match self {
            Self::Service(spec) => Some(spec),
            Self::Group(_)
            | Self::Balancer(_)
            | Self::Endpoint(_)
            | Self::Filter(_)
            | Self::Wall(_)
            | Self::Switched(..)
            | Self::Beside => None,
        }
    }

    /// Returns the entrance to a service.
    pub(crate) fn endpoint(self) -> Option<&'a Endpoint> {
        match self {
            Self::Endpoint(spec) => Some(spec),
            Self::Group(_)
            | Self::Balancer(_)
            | Self::Service(_)
            | Self::Filter(_)
            | Self::Wall(_)
            | Self::Switched(..)
            | Self::Beside => None,
        }
    }

    /// Returns the rules of a wall.
    pub(crate) fn wall(self) -> Option<&'a FirewallRules> {
        match self {
            Self::Wall(rules) => Some(rules),
            Self::Group(_)
            | Self::Balancer(_)
            | Self::Service(_)
            | Self::Endpoint(_)
            | Self::Filter(_)
            | Self::Switched(..)
            | Self::Beside => None,
        }
    }

    /// Returns a name that a failover switches, with the addresses of each region.
    pub(crate) fn switched(self) -> Option<(&'a PrivateDnsRecord, &'a BTreeMap<String, AddressSource>)> {
        match self {
            Self::Switched(record, regions) => Some((record, regions)),
            Self::Group(_)
            | Self::Balancer(_)
            | Self::Service(_)
            | Self::Endpoint(_)
            | Self::Filter(_)
            | Self::Wall(_)
            | Self::Beside => None,
        }
    }
}

/// A spec's type: the way of a kind's own planner to the resources of its kind.
pub(crate) trait OfKind: Sized {
    /// Returns the spec if it is one of this kind.
    fn of(spec: &Spec) -> Option<&Self>;
}

impl Spec {
    /// Returns the spec if it is one of the kind `T`.
    pub(crate) fn of<T: OfKind>(&self) -> Option<&T> {
        T::of(self)
    }
}
