//! What a test or the sandbox puts into the world before anybody calls.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use ipnet::{IpNet, Ipv4Net};

use super::dispatch::{Service, perform};
use super::failure::Failure;
use super::hosted_zones::{self, HostedZone};
use super::operation::Call;
use super::query::{Dialect, Query};
use super::sts::{Key, check_account};
use super::world::AwsWorld;
use super::{prefix_lists, record_sets, vpcs, zones};
use crate::Millis;

/// A VPC to be seeded.
#[derive(Debug, Clone)]
pub struct VpcSeed {
    /// The id, if it is not to be generated.
    pub id: Option<String>,
    /// The address range.
    pub cidr: Ipv4Net,
    /// Whether instances get DNS names (private DNS of endpoints needs it).
    pub dns_hostnames: bool,
    /// The tags.
    pub tags: BTreeMap<String, String>,
}

/// A subnet to be seeded.
#[derive(Debug, Clone)]
pub struct SubnetSeed {
    /// The id, if it is not to be generated.
    pub id: Option<String>,
    /// The VPC, which must be there.
    pub vpc: String,
    /// The address range, inside the VPC's.
    pub cidr: Ipv4Net,
    /// The zone's id, as `eun1-az1`.
    pub zone_id: String,
    /// The tags.
    pub tags: BTreeMap<String, String>,
}

/// A network load balancer to be seeded: internal and active, each listener with a target group of its own.
#[derive(Debug, Clone)]
pub struct LoadBalancerSeed {
    /// The name.
    pub name: String,
    /// The subnets, with pinned addresses.
    pub subnets: Vec<(String, Option<Ipv4Addr>)>,
    /// The ids of its security groups.
    pub security_groups: Vec<String>,
    /// The tags.
    pub tags: BTreeMap<String, String>,
    /// The listeners.
    pub listeners: Vec<ListenerSeed>,
}

/// A TCP listener of a seeded load balancer.
#[derive(Debug, Clone)]
pub struct ListenerSeed {
    /// The port, of the listener and the targets.
    pub port: u16,
    /// The targets' addresses, in the VPC or private.
    pub targets: Vec<Ipv4Addr>,
}

/// A seed that does not fit the world.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeedError(pub(super) String);

impl std::fmt::Display for SeedError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::error::Error for SeedError {}

impl From<Failure> for SeedError {
    fn from(failure: Failure) -> Self {
        Self(format!("{}: {}", failure.code, failure.message))
    }
}

/// Long enough ago for everything to have become active and visible.
const LONG_AGO: Millis = Millis(-1_000_000_000_000);

impl AwsWorld {
    fn seeding(&mut self, account: &str, region: &str) -> Call<'_> {
        let query = Query::from_pairs(Vec::new(), Dialect::Ec2);
        let (account, region) = (account.to_owned(), region.to_owned());
        Call { world: self, now: LONG_AGO, account, region, access_key: String::new(), query }
    }

    /// Runs an operation of EC2 or ELBv2 by name.
    pub(super) fn run(
        &mut self,
        now: Millis,
        (account, region): (&str, &str),
        service: &str,
        action: &str,
        parameters: Vec<(String, String)>,
    ) -> Result<String, SeedError> {
        let service = Service::named(service).ok_or_else(|| SeedError(format!("there is no service {service}")))?;
        let mut call = self.seeding(account, region);
        call.now = now;
        call.query = Query::from_pairs(parameters, service.dialect());
        Ok(perform(&mut call, service, action)?)
    }

    /// Registers an access key of an account. Keys that are not registered belong to 999999999999.
    ///
    /// # Errors
    /// [`SeedError`] if the account id has not 12 digits.
    pub fn add_access_key(&mut self, access_key: &str, account: &str) -> Result<(), SeedError> {
        check_account(account)?;
        let key = Key { account: account.to_owned(), session: None, expires: None };
        self.keys.insert(access_key.to_owned(), key);
        Ok(())
    }

    /// Adds a VPC with its default security group, and returns its id.
    ///
    /// # Errors
    /// [`SeedError`] if the account id is wrong or the id is taken.
    pub fn add_vpc(&mut self, account: &str, region: &str, seed: VpcSeed) -> Result<String, SeedError> {
        check_account(account)?;
        let mut call = self.seeding(account, region);
        if seed.id.as_ref().is_some_and(|id| call.here().vpcs.contains_key(id)) {
            return Err(SeedError(format!("the VPC {} is there already", seed.id.unwrap_or_default())));
        }
        let id = vpcs::place_vpc(&mut call, seed.id, seed.cidr, seed.tags);
        if let Some(vpc) = call.here().vpcs.get_mut(&id) {
            vpc.dns_hostnames = seed.dns_hostnames;
            vpc.visible = LONG_AGO;
            let group = vpc.default_group.clone();
            if let Some(group) = call.here().groups.get_mut(&group) {
                group.visible = LONG_AGO;
            }
        }
        Ok(id)
    }

    /// Adds a subnet, and returns its id.
    ///
    /// # Errors
    /// [`SeedError`] if the VPC or zone is unknown, or the range is outside the VPC or taken.
    pub fn add_subnet(&mut self, account: &str, region: &str, seed: SubnetSeed) -> Result<String, SeedError> {
        zones::check(region, &seed.zone_id)?;
        let mut call = self.seeding(account, region);
        let id = vpcs::place_subnet(&mut call, seed.id, &seed.vpc, seed.cidr, seed.zone_id, seed.tags)?;
        if let Some(subnet) = call.here().subnets.get_mut(&id) {
            subnet.visible = LONG_AGO;
        }
        Ok(id)
    }

    /// Adds a security group that admits `ingress` (port and CIDR, TCP), and returns its id.
    ///
    /// # Errors
    /// [`SeedError`] if the VPC is unknown, the name taken or a rule wrong.
    pub fn add_security_group(
        &mut self,
        account: &str,
        region: &str,
        vpc: &str,
        name: &str,
        ingress: &[(u16, IpNet)],
    ) -> Result<String, SeedError> {
        let group = pairs(&[("GroupName", name), ("GroupDescription", name), ("VpcId", vpc)]);
        self.run(LONG_AGO, (account, region), "ec2", "CreateSecurityGroup", group)?;
        let groups = &mut self.region(region).groups;
        let found = groups.iter_mut().find(|(_, group)| group.vpc == vpc && group.name == name);
        let (id, group) = found.ok_or_else(|| SeedError("the group was not made".to_owned()))?;
        group.visible = LONG_AGO;
        let id = id.clone();
        for (port, cidr) in ingress {
            let (ranges, field) = match cidr {
                IpNet::V4(_) => ("IpRanges", "CidrIp"),
                IpNet::V6(_) => ("Ipv6Ranges", "CidrIpv6"),
            };
            let (port, cidr, range) =
                (port.to_string(), cidr.to_string(), format!("IpPermissions.1.{ranges}.1.{field}"));
            let rule = pairs(&[
                ("GroupId", id.as_str()),
                ("IpPermissions.1.IpProtocol", "tcp"),
                ("IpPermissions.1.FromPort", &port),
                ("IpPermissions.1.ToPort", &port),
                (&range, &cidr),
            ]);
            self.run(LONG_AGO, (account, region), "ec2", "AuthorizeSecurityGroupIngress", rule)?;
        }
        Ok(id)
    }

    /// Adds a customer-managed prefix list, and returns its id.
    ///
    /// # Errors
    /// [`SeedError`] if there are more entries than fit, or of two address families.
    pub fn add_prefix_list(
        &mut self,
        account: &str,
        region: &str,
        id: Option<String>,
        name: &str,
        max_entries: usize,
        entries: &[IpNet],
    ) -> Result<String, SeedError> {
        let entries: Vec<(IpNet, String)> = entries.iter().map(|cidr| (*cidr, String::new())).collect();
        let mut call = self.seeding(account, region);
        let id = prefix_lists::place(&mut call, id, name, max_entries, &entries, BTreeMap::new())?;
        if let Some(list) = call.here().prefix_lists.get_mut(&id) {
            list.visible = LONG_AGO;
        }
        Ok(id)
    }

    /// Adds a private hosted zone of an account for VPCs (region and id), and returns its id.
    pub fn add_private_zone(&mut self, account: &str, name: &str, vpcs: &[(String, String)]) -> String {
        let zone = HostedZone {
            owner: account.to_owned(),
            name: record_sets::full_name(name),
            reference: format!("seed {name} {}", self.zones.len()),
            comment: None,
            private: true,
            vpcs: vpcs.to_vec(),
            records: BTreeMap::new(),
        };
        hosted_zones::place(self, zone)
    }

    /// Adds a load balancer with listeners and targets, and returns its ARN.
    ///
    /// # Errors
    /// [`SeedError`] if a subnet or group is unknown, an address is taken or a name wrong.
    pub fn add_load_balancer(
        &mut self,
        account: &str,
        region: &str,
        seed: &LoadBalancerSeed,
    ) -> Result<String, SeedError> {
        let mut wanted = pairs(&[("Name", &seed.name), ("Type", "network"), ("Scheme", "internal")]);
        for (index, (subnet, pin)) in (1..).zip(&seed.subnets) {
            wanted.push((format!("SubnetMappings.member.{index}.SubnetId"), subnet.clone()));
            if let Some(pin) = pin {
                wanted.push((format!("SubnetMappings.member.{index}.PrivateIPv4Address"), pin.to_string()));
            }
        }
        for (index, group) in (1..).zip(&seed.security_groups) {
            wanted.push((format!("SecurityGroups.member.{index}"), group.clone()));
        }
        for (index, (key, value)) in (1..).zip(&seed.tags) {
            wanted.push((format!("Tags.member.{index}.Key"), key.clone()));
            wanted.push((format!("Tags.member.{index}.Value"), value.clone()));
        }
        self.run(LONG_AGO, (account, region), "elasticloadbalancing", "CreateLoadBalancer", wanted)?;
        let balancers = &self.region(region).load_balancers;
        let made = balancers.iter().find(|(_, balancer)| balancer.owner == account && balancer.name == seed.name);
        let (arn, vpc) = made
            .map(|(arn, balancer)| (arn.clone(), balancer.vpc.clone()))
            .ok_or_else(|| SeedError("the load balancer was not made".to_owned()))?;
        for listener in &seed.listeners {
            self.add_listener(account, region, &seed.name, &arn, &vpc, listener)?;
        }
        for interface in self.region(region).interfaces.values_mut() {
            interface.visible = interface.visible.min(Millis(LONG_AGO.0 + 1000));
        }
        Ok(arn)
    }

    fn add_listener(
        &mut self,
        account: &str,
        region: &str,
        name: &str,
        arn: &str,
        vpc: &str,
        seed: &ListenerSeed,
    ) -> Result<(), SeedError> {
        let port = seed.port.to_string();
        let mut group_name: String = name.chars().take(26).collect();
        group_name.push('-');
        group_name.push_str(&port);
        let group =
            [("Name", group_name.as_str()), ("Protocol", "TCP"), ("Port", &port), ("VpcId", vpc), ("TargetType", "ip")];
        self.run(LONG_AGO, (account, region), "elasticloadbalancing", "CreateTargetGroup", pairs(&group))?;
        let groups = &self.region(region).target_groups;
        let made = groups.iter().find(|(_, made)| made.owner == account && made.settings.name == group_name);
        let group =
            made.map(|(arn, _)| arn.clone()).ok_or_else(|| SeedError("the target group was not made".to_owned()))?;
        let inside = self.region(region).vpcs.get(vpc).map(|vpc| vpc.cidr);
        let mut targets = pairs(&[("TargetGroupArn", &group)]);
        for (index, target) in (1..).zip(&seed.targets) {
            targets.push((format!("Targets.member.{index}.Id"), target.to_string()));
            if !inside.is_some_and(|cidr| cidr.contains(target)) {
                targets.push((format!("Targets.member.{index}.AvailabilityZone"), "all".to_owned()));
            }
        }
        if !seed.targets.is_empty() {
            self.run(LONG_AGO, (account, region), "elasticloadbalancing", "RegisterTargets", targets)?;
        }
        let listener = pairs(&[
            ("LoadBalancerArn", arn),
            ("Protocol", "TCP"),
            ("Port", &port),
            ("DefaultActions.member.1.Type", "forward"),
            ("DefaultActions.member.1.TargetGroupArn", &group),
        ]);
        self.run(LONG_AGO, (account, region), "elasticloadbalancing", "CreateListener", listener)?;
        Ok(())
    }
}

/// Returns parameters as the operations take them.
pub(super) fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}
