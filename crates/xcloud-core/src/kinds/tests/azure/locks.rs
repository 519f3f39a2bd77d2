//! Locks: what they refuse of a plan is known before its first call, and what they refuse of its undo.

use super::fixture::{NSG, arm, desired, live_nsg, live_rule, nsg, nsg_rule, observed};
use crate::code::NoteCode;
use crate::diag::Diagnostics;
use crate::live::{AzureLive, LiveLock};
use crate::model::{Desired, Priority};
use crate::plan::{Plan, PlanOptions, converge};

const GROUP: &str = "/subscriptions/sub-1/resourceGroups/RG";

fn under(scope: &str, read_only: bool, live: AzureLive) -> AzureLive {
    let id = arm(&format!("{scope}/providers/Microsoft.Authorization/locks/keep"));
    AzureLive { locks: vec![LiveLock { id, scope: arm(scope), read_only }], ..live }
}

/// A rule of a security group that is made, at a priority of its own.
fn one_rule() -> Desired {
    desired(vec![nsg(vec![nsg_rule("xc-pay-prod-billing", Priority::Fixed(2000))])])
}

fn plan(desired: &Desired, live: &AzureLive) -> Result<Plan, Diagnostics> {
    let (plan, problems) = converge(desired, &observed(live), &PlanOptions::default());
    plan.ok_or(problems)
}

fn codes(plan: &Plan) -> Vec<&NoteCode> {
    plan.notes.iter().map(|note| &note.code).collect()
}

#[test]
fn what_would_be_refused_is_a_problem_and_what_could_not_be_undone_a_note() {
    let live = || live_nsg(Vec::new());
    for scope in ["/subscriptions/SUB-1", GROUP, NSG] {
        let refused = plan(&one_rule(), &under(scope, true, live())).expect_err("a write is refused");
        let told: Vec<_> = refused.0.iter().map(|one| (one.code.as_str(), one.message.as_str())).collect();
        let text = format!(
            "prod/azure/network-security-group/app: the lock `keep` (ReadOnly) on {scope} refuses PUT securityRules"
        );
        assert_eq!(told, [("locked", text.as_str())]);
        assert!(refused.0[0].hint.as_ref().is_some_and(|hint| hint.contains("az lock delete --ids /subscriptions/")));

        let made = plan(&one_rule(), &under(scope, false, live())).expect("it may be made");
        assert_eq!(codes(&made), [&NoteCode::UndoLocked], "{scope}");
        assert!(made.notes[0].text.contains("refuses the undo of PUT securityRules"), "{}", made.notes[0].text);
    }
    let beside = plan(&one_rule(), &under("/subscriptions/sub-1/resourceGroups/rg-2", true, live()));
    assert_eq!(codes(&beside.expect("it is another group")), Vec::<&NoteCode>::new());
}

#[test]
fn a_deletion_is_refused_by_either_lock_and_what_stays_as_it_is_by_none() {
    let live = || live_nsg(vec![live_rule("xc-pay-prod-billing", 2000)]);
    let unchanged = plan(&one_rule(), &under(GROUP, true, live())).expect("nothing is written");
    assert!(unchanged.steps.is_empty() && unchanged.notes.is_empty(), "{:?}", unchanged.notes);
    let none = desired(vec![nsg(Vec::new())]);
    for read_only in [false, true] {
        let refused = plan(&none, &under(GROUP, read_only, live())).expect_err("a deletion is refused");
        assert!(refused.0[0].message.ends_with("refuses DELETE securityRules"), "{refused:?}");
    }
}

#[test]
fn where_all_calls_must_be_reversible_a_lock_on_the_undo_is_a_problem() {
    let mut desired = one_rule();
    desired.require_reversible.insert("prod".to_owned());
    let refused = plan(&desired, &under(GROUP, false, live_nsg(Vec::new()))).expect_err("it cannot be undone");
    assert_eq!(refused.0[0].code.as_str(), "irreversible");
}

#[test]
fn locks_that_are_not_known_are_told_where_something_is_written() {
    let live = |rules| AzureLive { locks_unread: Some("no authorization".to_owned()), ..live_nsg(rules) };
    let made = plan(&one_rule(), &live(Vec::new())).expect("a plan");
    assert_eq!(codes(&made), [&NoteCode::LocksUnread]);
    let unchanged = plan(&one_rule(), &live(vec![live_rule("xc-pay-prod-billing", 2000)])).expect("a plan");
    assert_eq!(codes(&unchanged), Vec::<&NoteCode>::new());
}
