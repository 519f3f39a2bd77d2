//! The address book's entry of a service: the addresses of the load balancers behind it.

use std::collections::BTreeSet;

use crate::kinds::shared::aws::addresses::{self, Known};
use crate::kinds::shared::aws::{Index, Refs, found_balancer};
use crate::live::LiveService;
use crate::model::{AddressKind, Addresses, EndpointService, LateAddresses, LoadBalancerRef, Resource};
use crate::op::Handle;
use crate::plan::draft::BookEntry;

/// The addresses of a service are those of all its load balancers: known, or late with all their subnets as bound.
/// `None` where one of them cannot be found or read whole: then what is live is kept as it is.
pub(crate) fn declared_entry(
    index: &Index<'_>,
    refs: &Refs,
    resource: &Resource,
    spec: &EndpointService,
) -> Option<BookEntry> {
    let (mut set, mut within, mut late) = (BTreeSet::new(), BTreeSet::new(), false);
    let mut holders = Vec::new();
    for balancer in &spec.load_balancers {
        match balancer {
            LoadBalancerRef::Declared(name) => {
                holders.push(refs.balancers.get(name)?.clone());
                match refs.balancer_addresses.get(name)? {
                    Known::Yes(ips) => set.extend(ips.iter().copied()),
                    Known::Later(nets) => {
                        within.extend(nets.iter().copied());
                        late = true;
                    }
                }
            }
            LoadBalancerRef::Found(selector) => {
                let [live] = found_balancer::matches(index, selector)[..] else { return None };
                holders.push(Handle::Known(live.arn.clone()));
                set.extend(addresses::whole_balancer(live)?);
            }
        }
    }
    let addresses = if late {
        let count = set.len() + within.len();
        within.extend(set.iter().copied());
        let of = resource.addr.clone();
        Addresses::Late(LateAddresses { of, kind: AddressKind::ServiceIps, within, count, kept: BTreeSet::new() })
    } else if set.is_empty() {
        return None;
    } else {
        Addresses::Known(set)
    };
    Some(BookEntry { addresses, place: resource.place.key(), holders })
}

/// The addresses of the load balancers that a service has; `None` where one of them cannot be read whole.
pub(crate) fn live_entry(index: &Index<'_>, resource: &Resource, live: &LiveService) -> Option<BookEntry> {
    let mut set = BTreeSet::new();
    for arn in &live.load_balancers {
        set.extend(addresses::whole_balancer(index.balancers.get(arn.as_str())?)?);
    }
    let holders = live.load_balancers.iter().cloned().map(Handle::Known).collect();
    (!set.is_empty()).then(|| BookEntry { addresses: Addresses::Known(set), place: resource.place.key(), holders })
}
