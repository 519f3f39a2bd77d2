//! Where a firewall puts its own address in place of a packet's source.

use ipnet::{IpNet, Ipv4Net};

use super::ordered::lineage;
use crate::live::AzureLive;
use crate::model::ArmName;

/// What `IANAPrivateRanges` stands for.
const IANA: [&str; 4] = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"];

/// Returns the first destination to which the firewalls of a policy translate the source: one that its private ranges do not
/// hold, or, where it says nothing, those of its parent (facts/azure 3.4).
pub(crate) fn translated(live: &AzureLive, policy: &ArmName, to: impl IntoIterator<Item = IpNet>) -> Option<IpNet> {
    let ranges = lineage(live, policy).into_iter().find_map(|policy| policy.snat_private_ranges.as_ref())?;
    let words = ranges.iter().map(String::as_str);
    let texts = words.flat_map(|word| if word.eq_ignore_ascii_case("IANAPrivateRanges") { &IANA[..] } else { &[] });
    let texts = texts.copied().chain(ranges.iter().map(String::as_str));
    let kept: Vec<Ipv4Net> = texts
        .filter_map(|text| text.parse().ok().or_else(|| Some(Ipv4Net::from(text.parse::<std::net::Ipv4Addr>().ok()?))))
        .collect();
    let kept = Ipv4Net::aggregate(&kept);
    to.into_iter().find(|net| match net {
        IpNet::V4(net) => !kept.iter().any(|range| range.contains(net)),
        IpNet::V6(_) => false,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::live::LivePolicy;

    type Ranges = Option<&'static [&'static str]>;

    fn live(own: Ranges, parent: Ranges) -> (AzureLive, ArmName) {
        let id = |name: &str| ArmName(format!("/{name}"));
        let policy = |name: &str, base: Option<ArmName>, ranges: Ranges| LivePolicy {
            id: id(name),
            state: "Succeeded".into(),
            base,
            firewalls: BTreeSet::new(),
            snat_private_ranges: ranges.map(crate::tests::texts),
            unread: None,
        };
        let policies = vec![policy("own", Some(id("parent")), own), policy("parent", None, parent)];
        (AzureLive { policies, ..AzureLive::default() }, id("own"))
    }

    #[test]
    fn what_the_private_ranges_leave_out_is_translated() {
        let app = "10.122.8.10/32";
        let cases: [(Ranges, Ranges, bool); 9] = [
            (None, None, false),
            (Some(&["IANAPrivateRanges"]), None, false),
            (Some(&["ianaprivateranges", "20.0.0.0/8"]), None, false),
            (Some(&["192.168.0.0/16"]), None, true),
            (Some(&["255.255.255.255/32"]), None, true),
            (Some(&["0.0.0.0/0"]), Some(&["192.168.0.0/16"]), false),
            (Some(&["10.122.8.10"]), None, false),
            (Some(&["10.122.8.0/25", "10.122.8.128/25"]), None, false),
            (None, Some(&["192.168.0.0/16"]), true),
        ];
        for (own, parent, wanted) in cases {
            let (live, policy) = live(own, parent);
            let found = translated(&live, &policy, ["10.122.8.10/32".parse().expect("a network")]);
            assert_eq!(found.map(|net| net.to_string()), wanted.then(|| app.to_owned()), "{own:?} {parent:?}");
        }
    }
}
