//! What holds between steps: what a plan depends on, waits for, closes and leaves alone.

use super::cloud::Cloud;
use super::fixture::*;
use crate::live::{AzureLive, LiveFirewallRule};
use crate::model::{
    AddressKind, AddressSource, Addresses, Cloud as CloudName, DnsAddresses, Kind, PlaceKey, PortRange, Priority,
    Resource,
};
use crate::op::{AzureOp, Handle, NetworkSecurityGroupOp, Object, Op};
use crate::plan::draft::{BookEntry, Draft};
use crate::plan::{Condition, Filter, Phase, PlanOptions, order};

const NORTH: &str = "xc-pay-prod-billing-eu-north-1";

fn only_regions(regions: &[&str]) -> PlanOptions {
    PlanOptions { filter: Filter { regions: texts(regions), ..Filter::default() }, ..PlanOptions::default() }
}

#[test]
fn a_plan_depends_on_what_it_changes_and_on_the_priorities_that_it_takes() {
    let rules = vec![nsg_rule("xc-pay-a", Priority::Fixed(2001)), nsg_rule("xc-pay-b", Priority::Fixed(2002))];
    let live = live_nsg(vec![live_rule("xc-pay-a", 2001), live_rule("xc-pay-z", 2009)]);
    let first = plan(&desired(vec![nsg(rules.clone())]), &live).expect("a plan");
    let id = format!("azure/sub-1/{}", NSG.to_ascii_lowercase().trim_start_matches('/'));
    let keys: Vec<&str> = first.depends.keys().map(|key| key.strip_prefix(&id).unwrap_or(key)).collect();
    assert_eq!(keys, ["/inbound/2002", "/securityrules/xc-pay-b", "/securityrules/xc-pay-z"]);
    assert!(first.depends[&format!("{id}/securityrules/xc-pay-b")].is_null());
    assert_eq!(first.depends[&format!("{id}/securityrules/xc-pay-z")]["priority"], 2009);
    let group =
        plan(&desired(vec![firewall(vec![firewall_rule("prod", "eu-north-1")])]), &live_policy()).expect("a plan");
    let key =
        format!("azure/sub-1/{}/rulecollectiongroups/rcg-pay", POLICY.to_ascii_lowercase().trim_start_matches('/'));
    assert_eq!(group.depends.get(&key), Some(&serde_json::Value::Null));
}

#[test]
fn an_address_that_the_rule_keeps_is_not_closed() {
    let mut changed = nsg_rule("xc-pay-a", Priority::Fixed(2001));
    changed.ports = vec![PortRange::single(1)];
    let (desired, options) = (desired(vec![nsg(vec![changed])]), PlanOptions::default());
    let observed = observed(&live_nsg(vec![live_rule("xc-pay-a", 2001)]));
    let mut draft = Draft::new(&desired, &observed, &options);
    crate::kinds::plan(&mut draft);
    assert_eq!(draft.steps.len(), 2);
    assert!(draft.steps.iter().all(|step| step.closes.is_empty()));
}

#[test]
fn a_number_that_is_declared_for_a_rule_outside_this_run_is_not_given_away() {
    let mut other = nsg_rule("xc-pay-z", Priority::Fixed(2010));
    other.region = Some("eu-west-1".to_owned());
    let desired = desired(vec![nsg(vec![nsg_rule("xc-pay-a", Priority::Within(2000, 2099)), other])]);
    let live = live_nsg(Vec::new());
    let plan = plan_with(&desired, &live, &only_regions(&["eu-north-1"]), &Book::new()).expect("a plan");
    let mut cloud = Cloud::new(&live);
    cloud.apply(&plan, None).expect("applied");
    assert_eq!(super::cloud::priorities(&cloud.live), [("xc-pay-a", 2011)].into());
}

#[test]
fn a_firewall_rule_that_changes_in_several_parts_stays_until_the_commit_point() {
    let mut changed = firewall_rule("prod", "eu-north-1");
    changed.from = listed(&["10.0.0.9/32"]);
    changed.ports = vec![PortRange::single(8443)];
    let live = live_group(vec![live_firewall_rule(NORTH)]);
    let desired = desired(vec![firewall(vec![changed, firewall_rule("prod", "eu-west-1")])]);
    let plan = plan(&desired, &live).expect("a plan");
    let mut cloud = Cloud::new(&live);
    cloud.apply(&plan, Some(Phase::Build)).expect("the first write");
    let rules = &cloud.live.rule_groups[0].rules;
    assert_eq!(rules.len(), 3);
    assert!(rules.contains(&live_firewall_rule(NORTH)), "neither old to new ports nor new from old sources");
    let next = LiveFirewallRule {
        from: texts(&["10.0.0.9/32"]),
        ports: texts(&["8443"]),
        ..live_firewall_rule(&format!("{NORTH}-next"))
    };
    assert!(rules.contains(&next), "the new way is open before it is used: {rules:#?}");
    cloud.apply(&plan, Some(Phase::Commit)).expect("the second write");
    assert_eq!(cloud.live.rule_groups[0].rules.len(), 2);
}

#[test]
fn what_cannot_be_written_back_is_touched_only_after_the_commit_point() {
    let foreign = LiveFirewallRule { rule_type: "ApplicationRule".to_owned(), ..live_firewall_rule("web") };
    let live = live_group(vec![live_firewall_rule(NORTH), foreign]);
    let wanted = desired(vec![firewall(vec![firewall_rule("prod", "eu-north-1"), firewall_rule("prod", "eu-west-1")])]);
    let plan = plan(&wanted, &live).expect("a plan");
    assert_eq!(plan.steps.iter().map(|step| step.phase).collect::<Vec<_>>(), [Phase::Commit]);
}

#[test]
fn rules_that_do_not_say_whom_they_serve_stay_in_a_partial_run() {
    let unclear = LiveFirewallRule { description: String::new(), ..live_firewall_rule("lab") };
    let live = live_group(vec![live_firewall_rule(NORTH), unclear]);
    let desired = desired(vec![firewall(vec![firewall_rule("prod", "eu-north-1")])]);
    let envs = Filter { envs: texts(&["prod"]), ..Filter::default() };
    let by_env = PlanOptions { filter: envs, ..PlanOptions::default() };
    for options in [by_env, only_regions(&["eu-north-1"])] {
        assert!(plan_with(&desired, &live, &options, &Book::new()).expect("a plan").is_empty());
    }
    assert_eq!(only(&plan(&desired, &live).expect("a plan")).1, ["rules[lab]"]);
}

#[test]
fn the_rule_table_is_sorted_by_environment_region_and_name() {
    let rules = vec![
        firewall_rule("prod", "eu-west-1"),
        firewall_rule("prod", "eu-north-1"),
        firewall_rule("dev", "eu-north-1"),
    ];
    let live = live_group(vec![live_firewall_rule("xc-pay-dev-a-eu-west-1"), live_firewall_rule(NORTH)]);
    let plan = plan(&desired(vec![firewall(rules), nsg(Vec::new())]), &{
        let mut all = live;
        all.nsgs = live_nsg(Vec::new()).nsgs;
        all
    });
    let plan = plan.expect("a plan");
    let names: Vec<&str> = plan.rules.iter().map(|rule| rule.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "xc-pay-dev-billing-eu-north-1",
            "xc-pay-dev-a-eu-west-1",
            "xc-pay-prod-billing-eu-north-1",
            "xc-pay-prod-billing-eu-west-1",
        ]
    );
}

/// A record in use that moves to an endpoint which this run makes.
#[test]
fn a_record_in_use_waits_for_the_new_endpoint() {
    let endpoint = crate::model::Addr::new("prod", "eu-north-1", Kind::Endpoint, "billing");
    let source = AddressSource::Of { addr: endpoint.clone(), kind: AddressKind::EndpointIps };
    let (desired, options) = (desired(vec![record(DnsAddresses::Fixed(source))]), PlanOptions::default());
    let place = PlaceKey { cloud: CloudName::Aws, account: "1".to_owned(), region: "eu-north-1".to_owned() };
    for (live, waits) in [
        (live_record(&["10.0.0.7"]), true),
        (crate::live::AzureLive { record_sets: Vec::new(), ..live_record(&[]) }, false),
    ] {
        let observed = observed(&live);
        let mut draft = Draft::new(&desired, &observed, &options);
        let entry = BookEntry {
            addresses: Addresses::Known(nets(&["10.0.0.8/32"])),
            place: place.clone(),
            holders: vec![Handle::Made(Object::of(&endpoint, ""))],
        };
        draft.book.insert((endpoint.clone(), AddressKind::EndpointIps), entry);
        crate::kinds::plan(&mut draft);
        let plan = order::finish(draft).expect("no circle");
        let ready =
            plan.steps[0].awaits.iter().any(|watch| matches!(watch.condition, Condition::EndpointAvailable { .. }));
        assert_eq!(ready, waits);
    }
}

#[test]
fn whole_objects_that_somebody_else_wrote_are_not_overwritten() {
    let mut changed = firewall_rule("prod", "eu-north-1");
    changed.ports = vec![PortRange::single(1)];
    let wanted = desired(vec![firewall(vec![changed]), record(DnsAddresses::Fixed(listed(&["10.0.0.8/32"])))]);
    let live = crate::live::AzureLive {
        rule_groups: live_group(vec![live_firewall_rule(NORTH)]).rule_groups,
        ..live_record(&["10.0.0.7"])
    };
    let live = crate::live::AzureLive { policies: live_policy().policies, ..live };
    let plan = plan(&wanted, &live).expect("a plan");
    for edit in [
        |live: &mut crate::live::AzureLive| live.rule_groups[0].etag = "other".to_owned(),
        |live: &mut crate::live::AzureLive| live.record_sets[0].etag = "other".to_owned(),
    ] {
        let mut touched = live.clone();
        edit(&mut touched);
        let refused = Cloud::new(&touched).apply(&plan, None).expect_err("somebody wrote in between");
        assert!(refused.contains("412"), "{refused}");
    }
    Cloud::new(&live).apply(&plan, None).expect("nobody wrote in between");
}

#[test]
fn a_failed_rule_or_group_is_written_again() {
    let failed = crate::live::LiveNsgRule { state: "Failed".into(), ..live_rule("xc-pay-a", 2001) };
    let rule = desired(vec![nsg(vec![nsg_rule("xc-pay-a", Priority::Fixed(2001))])]);
    let written = plan(&rule, &live_nsg(vec![failed])).expect("a plan");
    assert_eq!((only(&written).1, written.steps.len()), (vec!["rules[xc-pay-a].state".to_owned()], 1));
    let mut live = live_group(vec![live_firewall_rule(NORTH)]);
    live.rule_groups[0].state = "Failed".into();
    let group = desired(vec![firewall(vec![firewall_rule("prod", "eu-north-1")])]);
    let written = plan(&group, &live).expect("a plan");
    assert_eq!((only(&written).1, written.steps.len()), (vec!["state".to_owned()], 1));
}

#[test]
fn the_first_tenth_is_kept_for_fences_where_no_firewall_serves_the_environment() {
    let rule = || nsg(vec![nsg_rule("xc-pay-a", Priority::Within(2000, 2099))]);
    let live = AzureLive { nsgs: live_nsg(Vec::new()).nsgs, ..live_group(Vec::new()) };
    let number = |resources: Vec<Resource>| {
        let plan = plan(&desired(resources), &live).expect("a plan");
        let written = plan.steps.iter().find_map(|step| match &step.op {
            Op::Azure(AzureOp::NetworkSecurityGroup(NetworkSecurityGroupOp::PutRule { rule, .. })) => {
                Some(rule.priority)
            }
            _ => None,
        });
        written.expect("the rule is written")
    };
    assert_eq!(number(vec![rule()]), 2010);
    assert_eq!(number(vec![rule(), firewall(vec![firewall_rule("dev", "eu-north-1")])]), 2010, "it serves dev");
    assert_eq!(number(vec![rule(), firewall(vec![firewall_rule("prod", "eu-north-1")])]), 2000);
}
