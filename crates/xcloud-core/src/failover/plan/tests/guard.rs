//! What a rollback may not take from an active region.

use super::fixture::*;
use crate::failover::lost_to_active;
use crate::model::{Addr, Addresses, Cloud, Kind, Protocol};
use crate::plan::{Action, Change, DerivedRule, Plan, PlanOptions, converge};

fn change(env: &str, place: &str, action: Action) -> Change {
    let azure = place == "azure";
    let kind = if azure { Kind::PrivateDnsRecord } else { Kind::Endpoint };
    Change {
        addr: Addr::new(env, place, kind, "x"),
        kind,
        cloud: if azure { Cloud::Azure } else { Cloud::Aws },
        account: String::new(),
        region: place.to_owned(),
        action,
        fields: Vec::new(),
        reasons: Vec::new(),
        id: None,
    }
}

fn rule(name: &str, action: Action) -> DerivedRule {
    DerivedRule {
        action,
        addr: Addr::new("shared", "azure", Kind::FirewallRules, "g"),
        holder: "firewall".to_owned(),
        name: name.to_owned(),
        effect: "allow".to_owned(),
        protocol: Protocol::Tcp,
        from: Addresses::Known(Default::default()),
        to: Addresses::Known(Default::default()),
        ports: Default::default(),
    }
}

fn lost(record: &str, changes: Vec<Change>, rules: Vec<DerivedRule>) -> Vec<String> {
    let world = World::new().says("prod", record);
    let (plan, problems) = converge(&world.desired, &world.observed, &PlanOptions::default());
    let plan = plan.unwrap_or_else(|| panic!("{problems:?}"));
    lost_to_active(&world.desired, &Plan { changes, rules, ..plan })
}

const WEST_ACTIVE: &str = "v=1;epoch=3;region=eu-west-1;to=;old=open;run=r1";

#[test]
fn what_the_active_region_lives_by_is_named() {
    let changes = vec![
        change("prod", WEST, Action::Delete),
        change("prod", WEST, Action::Delete),
        change("prod", "azure", Action::Replace),
        change("shared", "azure", Action::Delete),
        change("shared", WEST, Action::Delete),
    ];
    let rules = vec![rule("xc-open-api-prod-core-eu-west-1", Action::Delete), rule("xc-open-api-odd", Action::Delete)];
    assert_eq!(
        lost(WEST_ACTIVE, changes, rules),
        [
            "prod/azure/private-dns-record/x",
            "prod/eu-west-1/endpoint/x",
            "shared/azure/private-dns-record/x",
            "shared/eu-west-1/endpoint/x",
            "xc-open-api-odd in firewall",
            "xc-open-api-prod-core-eu-west-1 in firewall",
        ]
    );
}

#[test]
fn what_others_live_by_and_what_stays_is_not() {
    let changes = vec![
        change("prod", NORTH, Action::Delete),
        change("shared", NORTH, Action::Delete),
        change("int", WEST, Action::Delete),
        change("int", "azure", Action::Delete),
        change("prod", WEST, Action::Update),
        change("prod", "azure", Action::Same),
    ];
    let rules = vec![
        rule("xc-open-api-prod-core-eu-north-1", Action::Delete),
        rule("xc-open-api-int-core-eu-west-1", Action::Delete),
        rule("xc-other-prod-core-eu-west-1", Action::Delete),
        rule("xc-open-api-prod-core-eu-west-1", Action::Update),
    ];
    assert_eq!(lost(WEST_ACTIVE, changes, rules), [""; 0]);
}

#[test]
fn while_the_primary_is_active_nothing_is_lost() {
    let primary = "v=1;epoch=4;region=eu-north-1;to=;old=open;run=r1";
    let rules = vec![rule("xc-open-api-prod-core-eu-north-1", Action::Delete)];
    assert_eq!(lost(primary, vec![change("prod", NORTH, Action::Delete)], rules), [""; 0]);
}
