//! The state: regions with the objects of every account, hosted zones, keys and throttle buckets.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::endpoint_services::EndpointService;
use super::endpoints::Endpoint;
use super::hosted_zones::{Change, HostedZone};
use super::interfaces::Interface;
use super::listeners::Listener;
use super::load_balancers::LoadBalancer;
use super::prefix_lists::PrefixList;
use super::security_groups::SecurityGroup;
use super::sts::Key;
use super::target_groups::TargetGroup;
use super::throttle::Bucket;
use super::vpcs::{Subnet, Vpc};
use crate::Millis;

/// The state of the simulated AWS side.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default)]
pub struct AwsWorld {
    /// Whether calls above the published rates are refused (default: yes).
    pub throttling: bool,
    /// Whether what was just created stays invisible for up to a second (default: yes).
    pub lag: bool,
    /// Whether what Elastic Load Balancing just made is not found for two to three seconds (default: no).
    pub balancing_lag: bool,
    /// Whether deleted endpoints and load balancers keep their interfaces for as long as the slowest that were seen: five and ten
    /// minutes (hashicorp/terraform-provider-aws waits so long for them).
    pub deletes_slowly: bool,
    /// A tag that a service control policy demands of every creation (an empty text: none does).
    pub required_tag: String,
    /// How many objects fit.
    pub quotas: Quotas,
    /// Where generated ids start: the same calls on the same seed give the same ids.
    pub seed: u64,
    issued: u64,
    #[serde(skip)]
    requests: u64,
    /// How many simulated seconds pass in a second of the clients' own clocks: keys last as long on those.
    #[serde(skip, default = "real_time")]
    pub(crate) speed: f64,
    pub(super) keys: BTreeMap<String, Key>,
    pub(super) buckets: BTreeMap<String, Bucket>,
    pub(super) regions: BTreeMap<String, Region>,
    pub(super) zones: BTreeMap<String, HostedZone>,
    pub(super) changes: BTreeMap<String, Change>,
}

impl Default for AwsWorld {
    fn default() -> Self {
        Self {
            throttling: true,
            lag: true,
            balancing_lag: false,
            deletes_slowly: false,
            required_tag: String::new(),
            quotas: Quotas::default(),
            seed: 0,
            issued: 0,
            requests: 0,
            speed: real_time(),
            keys: BTreeMap::new(),
            buckets: BTreeMap::new(),
            regions: BTreeMap::new(),
            zones: BTreeMap::new(),
            changes: BTreeMap::new(),
        }
    }
}

/// The clients' clocks and the simulated one run alike.
fn real_time() -> f64 {
    1.0
}

/// How many objects fit: AWS's defaults, which it raises on request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Quotas {
    /// Security groups of a region (<https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html>).
    pub groups_per_region: usize,
    /// Rules of a group in one direction, for IPv4 and IPv6 apart (the same page).
    pub rules_per_group: usize,
    /// Interface endpoints of a VPC (<https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-limits-endpoints.html>).
    pub endpoints_per_vpc: usize,
    /// Network load balancers of a region
    /// (<https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-limits.html>).
    pub load_balancers_per_region: usize,
    /// Target groups of a region (the same page).
    pub target_groups_per_region: usize,
    /// Listeners of a load balancer (the same page).
    pub listeners_per_load_balancer: usize,
}

impl Default for Quotas {
    fn default() -> Self {
        Self {
            groups_per_region: 2500,
            rules_per_group: 60,
            endpoints_per_vpc: 50,
            load_balancers_per_region: 50,
            target_groups_per_region: 3000,
            listeners_per_load_balancer: 50,
        }
    }
}

/// The objects of one region, of all accounts: PrivateLink joins accounts inside a region.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Region {
    pub(super) vpcs: BTreeMap<String, Vpc>,
    pub(super) subnets: BTreeMap<String, Subnet>,
    pub(super) groups: BTreeMap<String, SecurityGroup>,
    pub(super) prefix_lists: BTreeMap<String, PrefixList>,
    pub(super) interfaces: BTreeMap<String, Interface>,
    pub(super) services: BTreeMap<String, EndpointService>,
    pub(super) endpoints: BTreeMap<String, Endpoint>,
    pub(super) load_balancers: BTreeMap<String, LoadBalancer>,
    pub(super) target_groups: BTreeMap<String, TargetGroup>,
    pub(super) listeners: BTreeMap<String, Listener>,
    /// What load balancing made and does not find yet, and until when.
    #[serde(default)]
    pub(super) unseen: BTreeMap<String, Millis>,
    pub(super) tokens: BTreeMap<String, Issued>,
    /// Addresses whose health checks fail.
    pub(super) dark: BTreeSet<String>,
    /// Zones that are gone, by id: what stands in them does not answer, and the API answers as before.
    #[serde(default)]
    pub(super) lost_zones: BTreeSet<String>,
}

impl Region {
    /// Returns true if an address of a VPC stands in a zone that is gone.
    pub(super) fn is_lost(&self, vpc: &str, address: Ipv4Addr) -> bool {
        let mut lost = self.subnets.values().filter(|subnet| self.lost_zones.contains(&subnet.zone_id));
        lost.any(|subnet| subnet.vpc == vpc && subnet.cidr.contains(&address))
    }
}

/// What a client token made.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Issued {
    pub(super) fingerprint: String,
    pub(super) id: String,
}

impl AwsWorld {
    /// Returns a new id: the prefix and 17 hexadecimal digits.
    pub(super) fn new_id(&mut self, prefix: &str) -> String {
        format!("{prefix}-0{}", self.new_digits(16))
    }

    /// Returns new hexadecimal digits, at most 64.
    pub(super) fn new_digits(&mut self, count: usize) -> String {
        self.issued += 1;
        let mut digits = digest(&format!("{}/{}", self.seed, self.issued));
        digits.truncate(count);
        digits
    }

    /// Returns the id of the next request.
    pub(super) fn new_request_id(&mut self, now: Millis, body: &[u8]) -> String {
        self.requests += 1;
        request_id(&format!("{}/{}/{}", now.0, self.requests, String::from_utf8_lossy(body)))
    }

    /// Returns from when on an object that is made now is visible: half a second to a second later, as EC2's reads
    /// follow its writes (<https://docs.aws.amazon.com/ec2/latest/devguide/eventual-consistency.html>).
    pub(super) fn visible_from(&self, now: Millis, id: &str) -> Millis {
        if !self.lag {
            return now;
        }
        let spread = digest(id).bytes().take(4).fold(0_i64, |sum, byte| sum * 7 + i64::from(byte));
        Millis(now.0 + 500 + spread % 500)
    }

    /// Returns how many times longer than usual deletions take.
    pub(super) fn slowness(&self) -> f64 {
        if self.deletes_slowly { 10.0 } else { 1.0 }
    }

    /// Returns the objects of a region.
    pub(super) fn region(&mut self, region: &str) -> &mut Region {
        self.regions.entry(region.to_owned()).or_default()
    }
}

impl Region {
    /// Drops what time has removed.
    pub(super) fn sweep(&mut self, now: Millis) {
        let gone = |at: Option<Millis>| at.is_some_and(|at| at <= now);
        self.interfaces.retain(|_, interface| !gone(interface.gone));
        self.endpoints.retain(|_, endpoint| !gone(endpoint.forgotten()));
        self.services.retain(|_, service| !gone(service.gone));
        for group in self.target_groups.values_mut() {
            group.targets.retain(|_, target| !gone(target.drained));
        }
    }
}

/// Returns the 64 hexadecimal digits of a text's SHA-256.
pub(super) fn digest(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Returns a request id (the form of a UUID) made from a text.
pub(super) fn request_id(text: &str) -> String {
    let digits = digest(text);
    [&digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..32]].join("-")
}

/// What load balancing does not find while a call is answered.
#[derive(Default)]
pub(super) struct Hidden {
    load_balancers: BTreeMap<String, LoadBalancer>,
    target_groups: BTreeMap<String, TargetGroup>,
    listeners: BTreeMap<String, Listener>,
}

impl Region {
    /// Returns the ARNs of all that load balancing has.
    pub(super) fn balancing_arns(&self) -> BTreeSet<String> {
        self.load_balancers.keys().chain(self.target_groups.keys()).chain(self.listeners.keys()).cloned().collect()
    }

    /// Takes away what is not found yet.
    pub(super) fn hide(&mut self, now: Millis) -> Hidden {
        self.unseen.retain(|_, until| *until > now);
        let mut hidden = Hidden::default();
        for arn in self.unseen.keys() {
            hidden.load_balancers.extend(self.load_balancers.remove_entry(arn));
            hidden.target_groups.extend(self.target_groups.remove_entry(arn));
            hidden.listeners.extend(self.listeners.remove_entry(arn));
        }
        hidden
    }

    /// Puts it back.
    pub(super) fn show(&mut self, hidden: Hidden) {
        self.load_balancers.extend(hidden.load_balancers);
        self.target_groups.extend(hidden.target_groups);
        self.listeners.extend(hidden.listeners);
    }
}
