//! Address ranges: subnets around pinned addresses, and free ones for the rest.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use ipnet::Ipv4Net;

use super::seeded::{Range, Seeded};

/// AWS keeps the first four addresses and the last of a subnet
/// (<https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html>), and subnets are /16 to /28.
const KEPT: u32 = 4;

/// Returns the smallest subnets that hold the pins: each list of pins has one in every subnet.
pub(super) fn around(pins: &[Vec<Ipv4Addr>]) -> Option<Vec<Ipv4Net>> {
    (16..=28).rev().find_map(|prefix| {
        let mut wanted: Option<BTreeSet<Ipv4Net>> = None;
        for list in pins {
            let blocks: BTreeSet<Ipv4Net> = list.iter().filter_map(|pin| usable(*pin, prefix)).collect();
            if blocks.len() != list.len() || wanted.as_ref().is_some_and(|wanted| wanted != &blocks) {
                return None;
            }
            wanted = Some(blocks);
        }
        wanted.map(|blocks| blocks.into_iter().collect())
    })
}

fn usable(pin: Ipv4Addr, prefix: u8) -> Option<Ipv4Net> {
    let block = Ipv4Net::new(pin, prefix).ok()?.trunc();
    let at = u32::from(pin) - u32::from(block.network());
    (at >= KEPT && pin != block.broadcast()).then_some(block)
}

/// Returns the prefix length of a subnet into which so many load balancers and endpoints go: a replacement takes an
/// address beside the old one, and the application takes some. At least a /26, at most a /16.
pub(super) fn prefix_for(users: u32) -> u8 {
    let wanted = users.saturating_mul(2).saturating_add(32);
    (16..=26).rev().find(|prefix| addresses(*prefix) >= wanted).unwrap_or(16)
}

/// Returns how many addresses a network of this prefix length has.
pub(super) fn addresses(prefix: u8) -> u32 {
    1 << (32 - u32::from(prefix))
}

/// Returns the range of a VPC: the /16 around its pinned subnets, or the next free range of those kept for VPCs
/// without pins (172.16.0.0/12 in pieces of /20), twice as large as the subnets without pins in it. `None` if the pins
/// lie further apart than a VPC is wide, or if nothing is left.
pub(super) fn vpc(blocks: &[Ipv4Net], free: u32, seeded: &mut Seeded) -> Option<Ipv4Net> {
    let Some(first) = blocks.first() else {
        let prefix = (16..=20).rev().find(|prefix| addresses(*prefix) / 2 >= free)?;
        let pieces = addresses(prefix) / addresses(20);
        let first = seeded.given.checked_next_multiple_of(pieces)?;
        let at = first.checked_mul(addresses(20)).filter(|at| *at < addresses(12))?;
        seeded.given = first + pieces;
        return Ipv4Net::new(Ipv4Addr::from(u32::from(Ipv4Addr::new(172, 16, 0, 0)) + at), prefix).ok();
    };
    let whole = Ipv4Net::new(first.network(), 16).ok()?.trunc();
    blocks.iter().all(|block| whole.contains(block)).then_some(whole)
}

/// Takes the next free block of this prefix length of a VPC, from its end: pins are mostly at the beginning.
pub(super) fn take_free(range: &mut Range, prefix: u8) -> Option<Ipv4Net> {
    let mut blocks: Vec<Ipv4Net> = range.cidr.subnets(prefix).ok()?.collect();
    blocks.reverse();
    let free = blocks.into_iter().find(|block| !overlaps(&range.taken, block))?;
    range.taken.push(free);
    Some(free)
}

/// Returns true if a block touches one of the taken ones.
pub(super) fn overlaps(taken: &[Ipv4Net], block: &Ipv4Net) -> bool {
    taken.iter().any(|other| other.contains(block) || block.contains(other))
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use ipnet::Ipv4Net;

    use super::super::seeded::{Range, Seeded};
    use super::{around, prefix_for, take_free, vpc};

    fn ips(texts: &[&str]) -> Vec<Ipv4Addr> {
        texts.iter().map(|text| text.parse().expect("the test's address is valid")).collect()
    }

    fn nets(texts: &[&str]) -> Vec<Ipv4Net> {
        texts.iter().map(|text| text.parse().expect("the test's range is valid")).collect()
    }

    #[test]
    fn two_kinds_of_pins_share_their_subnets() {
        let service = ips(&["10.60.0.4", "10.60.0.20", "10.60.0.36"]);
        let endpoint = ips(&["10.60.0.5", "10.60.0.21", "10.60.0.37"]);
        let wanted = nets(&["10.60.0.0/28", "10.60.0.16/28", "10.60.0.32/28"]);
        assert_eq!(around(&[service, endpoint]), Some(wanted));
    }

    #[test]
    fn subnets_grow_until_no_pin_is_one_of_the_addresses_that_aws_keeps() {
        assert_eq!(around(&[ips(&["10.0.0.17"])]), Some(nets(&["10.0.0.0/27"])));
        assert_eq!(around(&[ips(&["10.0.0.15"])]), Some(nets(&["10.0.0.0/27"])));
        assert_eq!(around(&[ips(&["10.0.0.4", "10.0.0.5"])]), None, "two pins of one list need two subnets");
    }

    #[test]
    fn a_vpc_holds_its_pins_or_gets_a_range_of_its_own() {
        let mut seeded = Seeded::default();
        assert_eq!(vpc(&nets(&["10.60.0.0/28", "10.60.2.0/28"]), 0, &mut seeded), nets(&["10.60.0.0/16"]).pop());
        assert_eq!(vpc(&nets(&["10.60.0.0/28", "10.61.0.0/28"]), 0, &mut seeded), None);
        assert_eq!(vpc(&[], 0, &mut seeded), nets(&["172.16.0.0/20"]).pop());
        assert_eq!(vpc(&[], 0, &mut seeded), nets(&["172.16.16.0/20"]).pop());
        assert_eq!(vpc(&[], 5000, &mut seeded), nets(&["172.16.64.0/18"]).pop(), "twice as large, and aligned");
        assert_eq!(vpc(&[], 0, &mut seeded), nets(&["172.16.128.0/20"]).pop());
        assert_eq!(vpc(&[], 40_000, &mut seeded), None, "no VPC is larger than a /16");
    }

    #[test]
    fn subnets_have_room_for_what_goes_into_them_twice() {
        assert_eq!((prefix_for(1), prefix_for(16), prefix_for(17), prefix_for(500)), (26, 26, 25, 21));
    }

    #[test]
    fn free_subnets_do_not_touch_taken_ones() {
        let mut range = Range { cidr: "10.0.0.0/24".parse().expect("valid"), taken: nets(&["10.0.0.192/28"]) };
        assert_eq!(take_free(&mut range, 26), nets(&["10.0.0.128/26"]).pop());
        assert_eq!(take_free(&mut range, 26), nets(&["10.0.0.64/26"]).pop());
    }
}
