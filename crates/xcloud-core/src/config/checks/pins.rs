//! Pinned addresses of declared resources: none is pinned twice in an account and region.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use crate::code::ProblemCode;
use crate::config::parsed_resource::Draft;
use crate::config::raw::{Fault, Problems};
use crate::model::{Addr, PlaceKey};

pub(super) fn check(expanded: &[Draft], declared: &[Draft], problems: &mut Problems<'_>) {
    let mut holders: BTreeMap<(PlaceKey, Ipv4Addr), &Addr> = BTreeMap::new();
    for draft in expanded {
        for pin in draft.resource.spec.declared().pins() {
            holders.insert((draft.resource.place.key(), *pin), &draft.resource.addr);
        }
    }
    for draft in declared {
        for pin in draft.resource.spec.declared().pins() {
            let key = (draft.resource.place.key(), *pin);
            match holders.get(&key) {
                Some(first) => {
                    let fault = Fault::new(ProblemCode::PinTaken, format!("{pin} is pinned for {first} already"));
                    problems.error(draft.at, fault);
                }
                None => {
                    holders.insert(key, &draft.resource.addr);
                }
            }
        }
    }
}
