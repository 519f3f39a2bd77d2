//! What is ours outside the declared objects is seen, named, and removed only when asked.

use super::cloud::Cloud;
use super::fixture::*;
use crate::diag::Diagnostics;
use crate::live::{AzureLive, LiveFirewallRule, LiveNsg, LiveNsgRule};
use crate::model::{AddressKind, Addresses, Desired, PlaceKey, Priority};
use crate::op::{AzureOp, FirewallRulesOp, Handle, NetworkSecurityGroupOp, Object, Op};
use crate::plan::draft::{BookEntry, Draft, DraftStep};
use crate::plan::{Patience, Phase, Plan, PlanOptions, Undo, address_release};

const OLD_NSG: &str =
    "/subscriptions/sub-1/resourceGroups/rg/providers/Microsoft.Network/networkSecurityGroups/nsg-old";

fn prune() -> PlanOptions {
    PlanOptions { prune: true, ..PlanOptions::default() }
}

fn destroy() -> PlanOptions {
    PlanOptions { destroy: true, ..PlanOptions::default() }
}

/// The declared group as it should be, and a rule of ours and one of others in a group that nothing declares.
fn with_old_group() -> AzureLive {
    let stranger = LiveNsgRule { description: "theirs".to_owned(), ..live_rule("lab", 3000) };
    let mut live = live_nsg(vec![live_rule("xc-pay-a", 2001)]);
    live.nsgs.push(LiveNsg { id: arm(OLD_NSG), rules: vec![live_rule("xc-pay-old", 2001), stranger] });
    live
}

fn declared() -> Desired {
    desired(vec![nsg(vec![nsg_rule("xc-pay-a", Priority::Fixed(2001))])])
}

fn names(plan: &Plan) -> Vec<&str> {
    plan.steps.iter().map(|step| step.op.name()).collect()
}

#[test]
fn a_rule_of_ours_in_an_undeclared_group_is_an_orphan() {
    let live = with_old_group();
    let kept = plan(&declared(), &live).expect("a plan");
    assert_eq!((kept.steps.len(), notes(&kept)), (0, vec!["orphan"]));
    assert!(kept.notes[0].text.contains("nsg-old/securityRules/xc-pay-old"), "{}", kept.notes[0].text);
    let pruned = plan_with(&declared(), &live, &prune(), &Book::new()).expect("a plan");
    assert_eq!(names(&pruned), ["DELETE securityRules"]);
    assert_eq!(pruned.steps[0].phase, Phase::Commit);
    let mut cloud = Cloud::new(&live);
    cloud.apply(&pruned, None).expect("pruned");
    assert_eq!(cloud.live.nsgs[1].rules.len(), 1, "the stranger stays");
    let gone = plan_with(&declared(), &live, &destroy(), &Book::new()).expect("a plan");
    assert_eq!(names(&gone), ["DELETE securityRules", "DELETE securityRules"]);
}

/// Plans with a step that gives back the address which the rules of the fixture name.
fn releasing(desired: &Desired, live: &AzureLive, options: &PlanOptions) -> Diagnostics {
    let observed = observed(live);
    let mut draft = Draft::new(desired, &observed, options);
    crate::kinds::plan(&mut draft);
    let place = PlaceKey { cloud: crate::model::Cloud::Azure, account: "sub-1".to_owned(), region: "azure".to_owned() };
    let op = NetworkSecurityGroupOp::DeleteRule { group: arm(NSG), name: "any".to_owned() };
    let mut step = DraftStep::commit(&service(), &place, op, Undo::Nothing);
    step.releases = nets(&["10.0.0.4/32"]);
    draft.step(step);
    address_release::check(&mut draft);
    draft.problems
}

#[test]
fn an_address_that_an_undeclared_rule_names_is_not_given_back() {
    let mut live = with_old_group();
    live.nsgs.remove(0);
    let none = desired(Vec::new());
    let refused = releasing(&none, &live, &PlanOptions::default());
    assert_eq!(codes(&refused), ["address-still-named"]);
    assert!(refused.0[0].message.contains("xc-pay-old of nsg-old"), "{}", refused.0[0].message);
    assert!(codes(&releasing(&none, &live, &prune())).is_empty(), "the rule goes first");
}

#[test]
fn a_rule_collection_group_under_an_earlier_name_is_an_orphan() {
    let name = "xc-pay-prod-billing-eu-north-1";
    let mut live = live_group(vec![live_firewall_rule(name)]);
    let mut old = live.rule_groups[0].clone();
    old.name = "rcg-old".to_owned();
    live.rule_groups.push(old);
    let desired = desired(vec![firewall(vec![firewall_rule("prod", "eu-north-1")])]);
    let kept = plan(&desired, &live).expect("a plan");
    assert_eq!((kept.steps.len(), notes(&kept)), (0, vec!["orphan"]));
    let pruned = plan_with(&desired, &live, &prune(), &Book::new()).expect("a plan");
    assert!(
        matches!(&pruned.steps[0].op, Op::Azure(AzureOp::FirewallRules(FirewallRulesOp::Delete { group, .. })) if group == "rcg-old"),
        "{:?}",
        pruned.steps
    );
    let foreign = LiveFirewallRule { description: String::new(), ..live_firewall_rule("lab") };
    live.rule_groups[1].rules.push(foreign);
    let mixed = plan_with(&desired, &live, &prune(), &Book::new()).expect("a plan");
    assert_eq!((mixed.steps.len(), notes(&mixed)), (0, vec!["orphan"]), "rules of others are never deleted");
}

#[test]
fn addresses_that_come_and_that_nothing_names_are_looked_for() {
    let (desired, observed, options) = (desired(Vec::new()), observed(&AzureLive::default()), PlanOptions::default());
    let place = |cloud| PlaceKey { cloud, account: "1".to_owned(), region: "eu-north-1".to_owned() };
    let (aws, azure) = (place(crate::model::Cloud::Aws), place(crate::model::Cloud::Azure));
    let kind = AddressKind::ServiceIps;
    let coming = late(&service(), kind, nets(&["10.0.0.0/24", "10.0.1.0/24"]));
    let known = Addresses::Known(nets(&["10.0.0.4/32"]));
    let (made, there) = (Handle::Made(Object::of(&service(), "")), Handle::Known("arn:lb".to_owned()));
    let looked = |addresses: &Addresses, place: &PlaceKey, holder: &Handle, used: bool| {
        let mut draft = Draft::new(&desired, &observed, &options);
        let entry = BookEntry { addresses: addresses.clone(), place: place.clone(), holders: vec![holder.clone()] };
        draft.book.insert((service(), kind), entry);
        if used {
            let op = NetworkSecurityGroupOp::DeleteRule { group: arm(NSG), name: "any".to_owned() };
            let mut step = DraftStep::build(&service(), place, op, Undo::Nothing);
            step.uses = vec![(service(), kind)];
            draft.step(step);
        }
        address_release::look_for_unnamed(&mut draft);
        draft.settle.iter().map(|one| (one.place.clone(), one.patience)).collect::<Vec<_>>()
    };
    assert_eq!(looked(&coming, &aws, &made, false), [(aws.clone(), Patience::Warn(15))]);
    assert_eq!(looked(&coming, &aws, &made, true), [], "a rule that names them waits for them");
    assert_eq!(looked(&coming, &azure, &made, false), [], "AWS chooses them, and nobody else");
    assert_eq!(looked(&coming, &aws, &there, false), [], "what stands has them already");
    assert_eq!(looked(&known, &aws, &made, false), [], "they are pinned");
}
