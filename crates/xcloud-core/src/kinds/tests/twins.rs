//! What both regions must have in common is said by every kind that has regions.

use std::collections::BTreeSet;

use crate::config;
use crate::kinds::properties;
use crate::model::{Cloud, Kind};

#[test]
fn every_kind_of_a_region_says_what_its_twin_must_have() {
    let text = include_str!("../../../../../config/resources.yaml");
    let desired = config::load("resources.yaml", text).0.expect("the example loads");
    let mut kinds = BTreeSet::new();
    for resource in desired.resources.values().filter(|resource| resource.spec.kind().cloud() == Cloud::Aws) {
        assert!(!properties(resource).is_empty(), "{}: its twin may be anything", resource.addr);
        kinds.insert(resource.spec.kind());
    }
    assert!(Kind::ALL.into_iter().filter(|kind| kind.cloud() == Cloud::Aws).all(|kind| kinds.contains(&kind)));
}
