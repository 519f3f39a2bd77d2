//! Makes what the config expects to find in one AWS account and region.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use ipnet::Ipv4Net;
use xcloud_core::model::{FoundLoadBalancer, Selector, SubnetSelector};
use xcloud_sim::World;
use xcloud_sim::aws::{ListenerSeed, LoadBalancerSeed, SubnetSeed, VpcSeed, zone_ids};

use super::demand::{PlaceDemand, VpcDemand, admitted};
use super::ranges;
use super::seeded::{Range, Seeded};

/// Adds what one place must have and has not.
pub(super) fn add(world: &mut World, seeded: &mut Seeded, demand: &PlaceDemand, gaps: &mut Vec<String>) {
    let mut seeder = Seeder { world, seeded, demand, gaps };
    for (selector, vpc) in &demand.vpcs {
        if let Err(error) = seeder.vpc(selector, vpc) {
            seeder.gap(&format!("{}: {error}", named(selector)));
        }
    }
    for (id, six) in &demand.prefix_lists {
        seeder.prefix_list(id, *six);
    }
    for (selector, found) in &demand.balancers {
        if let Err(error) = seeder.balancer(selector, found) {
            seeder.gap(&format!("load balancer {}: {error}", named(selector)));
        }
    }
    for gap in &demand.gaps {
        seeder.gap(gap);
    }
}

struct Seeder<'a> {
    world: &'a mut World,
    seeded: &'a mut Seeded,
    demand: &'a PlaceDemand,
    gaps: &'a mut Vec<String>,
}

impl Seeder<'_> {
    fn gap(&mut self, what: &str) {
        self.gaps.push(format!("{what} in {}", self.demand.place));
    }

    fn key(&self, what: &str) -> String {
        format!("{} {what}", self.demand.place)
    }

    /// A VPC with its subnets and zones.
    fn vpc(&mut self, selector: &Selector, demand: &VpcDemand) -> anyhow::Result<()> {
        let mut blocks = BTreeMap::new();
        let mut free = 0;
        for (subnets, wanted) in &demand.subnets {
            if wanted.pins.is_empty() {
                free += self.count(subnets) * ranges::addresses(ranges::prefix_for(wanted.users));
            } else {
                let around = ranges::around(&wanted.pins);
                let around = around.ok_or_else(|| anyhow::anyhow!("no subnets of equal size hold these pins"))?;
                blocks.insert(subnets, around);
            }
        }
        let vpc = self.vpc_itself(selector, &blocks.values().flatten().copied().collect::<Vec<_>>(), free)?;
        for (subnets, wanted) in &demand.subnets {
            let pinned = blocks.get(subnets).map(Vec::as_slice).unwrap_or_default();
            self.subnets(&vpc, subnets, pinned, ranges::prefix_for(wanted.users))?;
        }
        for record in &demand.records {
            self.zone(&vpc, record);
        }
        Ok(())
    }

    /// How many subnets a selector means: one for each id, or one in each of three zones.
    fn count(&self, selector: &SubnetSelector) -> u32 {
        let zones = u32::try_from(zone_ids(&self.demand.place.region).len().min(3)).unwrap_or(3);
        match selector {
            SubnetSelector::Ids(ids) => u32::try_from(ids.len()).unwrap_or(zones),
            SubnetSelector::Tag(_) => zones,
        }
    }

    /// The VPC around the pinned blocks, with room for as many free addresses.
    fn vpc_itself(&mut self, selector: &Selector, blocks: &[Ipv4Net], free: u32) -> anyhow::Result<String> {
        let key = self.key(&format!("vpc {}", named(selector)));
        if let Some(id) = self.seeded.objects.get(&key) {
            return Ok(id.clone());
        }
        let cidr = ranges::vpc(blocks, free, self.seeded);
        let cidr = cidr.ok_or_else(|| anyhow::anyhow!("its addresses do not fit into one VPC"))?;
        let (id, tags) = match selector {
            Selector::Id(id) => (Some(id.clone()), BTreeMap::new()),
            Selector::Tag(tags) => (None, tags.clone()),
        };
        let seed = VpcSeed { id, cidr, dns_hostnames: true, tags };
        let place = &self.demand.place;
        let id = self.world.aws.add_vpc(&place.account, &place.region, seed)?;
        self.seeded.vpcs.insert(id.clone(), Range { cidr, taken: Vec::new() });
        self.seeded.objects.insert(key, id.clone());
        Ok(id)
    }

    /// One subnet for each zone: around the pins, or anywhere and of this prefix length.
    fn subnets(
        &mut self,
        vpc: &str,
        selector: &SubnetSelector,
        pinned: &[Ipv4Net],
        prefix: u8,
    ) -> anyhow::Result<Vec<String>> {
        let zones = zone_ids(&self.demand.place.region);
        let (ids, tags): (Vec<Option<String>>, _) = match selector {
            SubnetSelector::Ids(ids) => (ids.iter().cloned().map(Some).collect(), BTreeMap::new()),
            SubnetSelector::Tag(tags) => {
                let count = if pinned.is_empty() { zones.len().min(3) } else { pinned.len() };
                (vec![None; count], tags.clone())
            }
        };
        anyhow::ensure!(ids.len() <= zones.len(), "{} subnets for {} zones", ids.len(), zones.len());
        anyhow::ensure!(
            pinned.is_empty() || pinned.len() == ids.len(),
            "{} pins for {} subnets",
            pinned.len(),
            ids.len()
        );
        let mut made = Vec::new();
        for (at, (id, zone_id)) in ids.into_iter().zip(zones).enumerate() {
            let name = id.clone().unwrap_or_else(|| format!("{tags:?} {zone_id}"));
            let key = self.key(&format!("subnet {vpc} {name}"));
            if let Some(id) = self.seeded.objects.get(&key) {
                made.push(id.clone());
                continue;
            }
            let cidr = self.take(vpc, pinned.get(at).copied(), prefix)?;
            let seed = SubnetSeed { id, vpc: vpc.to_owned(), cidr, zone_id, tags: tags.clone() };
            let place = &self.demand.place;
            let id = self.world.aws.add_subnet(&place.account, &place.region, seed)?;
            self.seeded.objects.insert(key, id.clone());
            made.push(id);
        }
        Ok(made)
    }

    fn take(&mut self, vpc: &str, wanted: Option<Ipv4Net>, prefix: u8) -> anyhow::Result<Ipv4Net> {
        let range = self.seeded.vpcs.get_mut(vpc).ok_or_else(|| anyhow::anyhow!("{vpc} has no range"))?;
        let Some(wanted) = wanted else {
            return ranges::take_free(range, prefix).ok_or_else(|| anyhow::anyhow!("{} is full", range.cidr));
        };
        anyhow::ensure!(range.cidr.contains(&wanted), "{wanted} is outside {}", range.cidr);
        anyhow::ensure!(!ranges::overlaps(&range.taken, &wanted), "{wanted} is taken by another subnet");
        range.taken.push(wanted);
        Ok(wanted)
    }

    /// The private zone above a record.
    fn zone(&mut self, vpc: &str, record: &str) {
        let name = record.split_once('.').map_or(record, |(_, above)| above);
        let key = self.key(&format!("zone {vpc} {name}"));
        if !self.seeded.objects.contains_key(&key) {
            let place = &self.demand.place;
            let vpcs = [(place.region.clone(), vpc.to_owned())];
            let id = self.world.aws.add_private_zone(&place.account, name, &vpcs);
            self.seeded.objects.insert(key, id);
        }
    }

    fn prefix_list(&mut self, id: &str, six: bool) {
        let key = self.key(&format!("prefix list {id}"));
        if self.seeded.objects.contains_key(&key) {
            return;
        }
        let entry = if six { "2001:db8::/32" } else { "192.0.2.0/24" };
        let entries: Vec<ipnet::IpNet> = entry.parse().into_iter().collect();
        let place = &self.demand.place;
        let added =
            self.world.aws.add_prefix_list(&place.account, &place.region, Some(id.to_owned()), id, 10, &entries);
        match added {
            Ok(id) => {
                self.seeded.objects.insert(key, id);
            }
            Err(error) => self.gap(&format!("prefix list {id}: {error}")),
        }
    }

    /// The product's own load balancer: with a listener and a group that admits its clients on each wanted port.
    fn balancer(&mut self, selector: &Selector, found: &[FoundLoadBalancer]) -> anyhow::Result<()> {
        let key = self.key(&format!("load balancer {}", named(selector)));
        if self.seeded.objects.contains_key(&key) {
            return Ok(());
        }
        let Selector::Tag(tags) = selector else {
            anyhow::bail!("an ARN is given by AWS; select it by a tag to play it here");
        };
        let name = label(tags);
        let vpc = self.any_vpc()?;
        let app = SubnetSelector::Tag(BTreeMap::from([("Name".to_owned(), format!("{name} workload"))]));
        let subnets = self.subnets(&vpc, &app, &[], ranges::prefix_for(1))?;
        let targets = self.target_addresses(&vpc);
        let place = self.demand.place.clone();
        let group = self.world.aws.add_security_group(&place.account, &place.region, &vpc, &name, &admitted(found))?;
        let mut ports: Vec<u16> = found.iter().map(|found| found.port).collect();
        ports.sort_unstable();
        ports.dedup();
        let seed = LoadBalancerSeed {
            name,
            subnets: subnets.into_iter().map(|subnet| (subnet, None)).collect(),
            security_groups: vec![group],
            tags: tags.clone(),
            listeners: ports.into_iter().map(|port| ListenerSeed { port, targets: targets.clone() }).collect(),
        };
        let arn = self.world.aws.add_load_balancer(&place.account, &place.region, &seed)?;
        self.seeded.objects.insert(key, arn);
        Ok(())
    }

    /// A VPC of this place: a load balancer lives in one that the config names, or in one of its own.
    fn any_vpc(&mut self) -> anyhow::Result<String> {
        let selector = self.demand.vpcs.keys().next().cloned();
        let own = || Selector::Tag(BTreeMap::from([("Name".to_owned(), "workload".to_owned())]));
        self.vpc_itself(&selector.unwrap_or_else(own), &[], 0)
    }

    /// An address in each of the last two subnets that were made: where the application answers, in two zones.
    fn target_addresses(&self, vpc: &str) -> Vec<Ipv4Addr> {
        let blocks = self.seeded.vpcs.get(vpc).into_iter().flat_map(|range| range.taken.iter().rev().take(2));
        blocks.filter_map(|block| block.hosts().nth(20)).collect()
    }
}

fn named(selector: &Selector) -> String {
    match selector {
        Selector::Id(id) => id.clone(),
        Selector::Tag(tags) => tags.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join(","),
    }
}

/// A name that ELBv2 accepts: letters, digits and hyphens, 32 at most, no hyphen at an end, no `internal-` before it
/// (<https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateLoadBalancer.html>).
fn label(tags: &BTreeMap<String, String>) -> String {
    let joined = tags.values().cloned().collect::<Vec<_>>().join("-");
    let plain: String = joined.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).take(28).collect();
    format!("app-{}", plain.trim_matches('-')).trim_end_matches('-').to_owned()
}
