//! What the program does, knob by knob.

use serde_json::{Value, json};
use xcloud_core::code::NoteCode;
use xcloud_core::journal::Outcome;
use xcloud_core::plan::PlanOptions;
use xcloud_core::provider::ErrorKind;
use xcloud_engine::RunReport;

use super::arm::Arm;
use super::knobs::{Evaluation, IfMatch, Knobs};
use super::objects::{CONFIG, GROUP, id};
use super::state::Later;
use crate::bed::{assert_in_sync, load, told};

/// Plans and applies as a new process.
async fn apply(arm: &Arm, config: &str, options: &PlanOptions) -> RunReport {
    let desired = load(config);
    let process = arm.process(&desired);
    let (plan, problems) = process.plan(options).await;
    let plan = plan.unwrap_or_else(|| panic!("there is no plan: {}", told(&problems)));
    process.apply(&plan).await
}

fn assert_done(report: &RunReport) {
    let failures: Vec<&String> = report.failures.iter().map(|failure| &failure.message).collect();
    assert_eq!(report.outcome, Outcome::Done, "{failures:#?}");
}

/// Applies, and fails unless that ends well and leaves nothing to do.
async fn applied(knobs: Knobs) -> Arm {
    let arm = Arm::new(knobs);
    assert_done(&apply(&arm, CONFIG, &PlanOptions::default()).await);
    let desired = load(CONFIG);
    let (plan, problems) = arm.process(&desired).plan(&PlanOptions::default()).await;
    assert_in_sync(&plan.unwrap_or_else(|| panic!("there is no plan: {}", told(&problems))));
    arm
}

#[tokio::test(start_paused = true)]
async fn everything_is_made_and_taken_down() {
    let arm = applied(Knobs::default()).await;
    assert_done(&apply(&arm, CONFIG, &PlanOptions { destroy: true, ..PlanOptions::default() }).await);
    let left = arm.state().objects.keys().filter(|key| key.contains("/xc-payments")).count();
    assert_eq!(left, 1, "the interface of the endpoint, which Azure removes in its own time");
}

#[tokio::test(start_paused = true)]
async fn an_approval_is_waited_for_until_it_shows() {
    let arm = applied(Knobs { connection_lag: 30, ..Knobs::default() }).await;
    let approvals = arm.writes().iter().filter(|line| line.contains("xc-payments-edge-events.")).count();
    assert_eq!(approvals, 1, "it is not written twice: {:#?}", arm.writes());
}

#[tokio::test(start_paused = true)]
async fn an_operation_that_may_not_be_read_is_survived() {
    applied(Knobs { firewall_operations_denied: true, ..Knobs::default() }).await;
}

/// Applies, and returns the one failure: its kind, and what the operator is told.
async fn failing(knobs: Knobs) -> (Arm, ErrorKind, String) {
    let arm = Arm::new(knobs);
    let report = apply(&arm, CONFIG, &PlanOptions::default()).await;
    let [failure] = report.failures.as_slice() else { panic!("one failure, not {:#?}", report.failures) };
    let kind = failure.error.as_ref().map_or(ErrorKind::Other, |error| error.kind);
    (arm, kind, format!("{}\n{}", failure.message, failure.hint.clone().unwrap_or_default()))
}

#[tokio::test(start_paused = true)]
async fn faulted_firewalls_are_put_again() {
    let arm = applied(Knobs { faulted_firewalls: 2, ..Knobs::default() }).await;
    let puts = arm.writes().iter().filter(|line| line.starts_with("PUT rcg-xcloud-payments-edge")).count();
    assert_eq!(puts, 3, "{:#?}", arm.writes());
}

#[tokio::test(start_paused = true)]
async fn firewalls_that_stay_faulted_are_told_as_such() {
    let (arm, kind, told) = failing(Knobs { faulted_firewalls: 3, ..Knobs::default() }).await;
    assert_eq!(kind, ErrorKind::Faltered);
    assert!(told.contains("1 faulted referenced firewalls") && told.contains("the cloud failed by itself"), "{told}");
    assert!(arm.state().objects.keys().all(|key| !key.contains("rcg-xcloud")), "all is undone: {:#?}", arm.writes());
}

#[tokio::test(start_paused = true)]
async fn a_policy_that_refuses_is_named() {
    let (_, kind, told) = failing(Knobs { tag_required: true, ..Knobs::default() }).await;
    assert_eq!(kind, ErrorKind::Policy);
    assert!(told.contains("assignment `require-tag`") && told.contains("no permission helps"), "{told}");
}

#[tokio::test(start_paused = true)]
async fn a_lock_is_told_as_a_lock() {
    let arm = applied(Knobs::default()).await;
    let process = arm.process(&load(CONFIG));
    let options = PlanOptions { destroy: true, ..PlanOptions::default() };
    let plan = process.plan(&options).await.0.expect("nothing stands in the way yet");
    arm.state().knobs.locked = true;
    let report = process.apply(&plan).await;
    let kinds: Vec<_> = report.failures.iter().filter_map(|failure| Some(failure.error.as_ref()?.kind)).collect();
    assert_eq!(kinds, [ErrorKind::Locked], "{:#?}", report.failures);
    let hints: Vec<_> = report.failures.iter().filter_map(|failure| failure.hint.clone()).collect();
    assert!(hints.iter().all(|hint| hint.contains("lift it")), "{hints:?}");
}

#[tokio::test(start_paused = true)]
async fn a_lock_is_known_before_the_first_call() {
    let arm = applied(Knobs { locked: true, ..Knobs::default() }).await;
    let writes = arm.writes().len();
    let process = arm.process(&load(CONFIG));
    let (plan, problems) = process.plan(&PlanOptions { destroy: true, ..PlanOptions::default() }).await;
    let refused: Vec<_> = problems.0.iter().map(|one| one.code.as_str()).collect();
    assert_eq!((plan, refused), (None, vec!["locked", "locked"]), "the rule and the service: {}", told(&problems));
    assert_eq!(arm.writes().len(), writes);
    let plan = arm.process(&load(&moved())).plan(&PlanOptions::default()).await.0.expect("a change may be made");
    assert!(plan.notes.iter().all(|note| note.code != NoteCode::UndoLocked), "and undone: {:#?}", plan.notes);
    // A role without the right to read locks is told so, and told nothing else.
    arm.state().knobs.locks_denied = true;
    let plan = process.plan(&PlanOptions { destroy: true, ..PlanOptions::default() }).await.0.expect("a plan");
    assert!(plan.notes.iter().any(|note| note.code == NoteCode::LocksUnread), "{:#?}", plan.notes);
}

#[tokio::test(start_paused = true)]
async fn a_fresh_grant_a_disabled_subscription_and_a_group_that_goes_are_told_apart() {
    for (status, code, kind, word) in [
        (403, "AuthorizationFailed", ErrorKind::Denied, "granted minutes ago"),
        (409, "ReadOnlyDisabledSubscription", ErrorKind::Disabled, "enable"),
        (409, "ResourceGroupBeingDeleted", ErrorKind::BeingDeleted, "the deletion"),
    ] {
        let once = Some(("/privateEndpoints/", status, code));
        let (_, met, told) = failing(Knobs { once, ..Knobs::default() }).await;
        assert_eq!(met, kind, "{code}");
        assert!(told.contains(word), "{told}");
    }
}

/// The config with another destination: a change of the rule, and of the group that holds it.
fn moved() -> String {
    CONFIG.replace("10.122.8.10/32", "10.122.8.11/32")
}

#[tokio::test(start_paused = true)]
async fn a_group_is_changed_and_deleted_whatever_becomes_of_if_match() {
    for if_match in [IfMatch::Ignored, IfMatch::Exact, IfMatch::SyntaxChecked] {
        for restless_etag in [false, true] {
            if restless_etag && if_match == IfMatch::Exact {
                // No client could write then.
                continue;
            }
            let arm = applied(Knobs { if_match, restless_etag, ..Knobs::default() }).await;
            assert_done(&apply(&arm, &moved(), &PlanOptions::default()).await);
            assert_done(&apply(&arm, &moved(), &PlanOptions { destroy: true, ..PlanOptions::default() }).await);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_somebody_else_writes_between_plan_and_call_is_not_overwritten() {
    let arm = applied(Knobs::default()).await;
    let (desired, group) = (load(&moved()), id("rg-hub", GROUP));
    let process = arm.process(&desired);
    let plan = process.plan(&PlanOptions::default()).await.0.expect("there is a plan");
    let theirs = json!([{"name": "theirs", "priority": 500, "rules": []}]);
    let pointer = "/properties/ruleCollections";
    let edit = |object: &mut Value| *object.pointer_mut(pointer).expect("a group") = theirs.clone();
    arm.state().objects.entry(group.to_lowercase()).and_modify(edit);
    let report = process.apply(&plan).await;
    let kinds: Vec<_> = report.failures.iter().filter_map(|failure| Some(failure.error.as_ref()?.kind)).collect();
    assert_eq!(kinds, [ErrorKind::Conflict], "{:#?}", report.failures);
    assert_eq!(arm.state().get(&group).and_then(|live| live.pointer(pointer)), Some(&theirs), "it is left alone");
}

#[tokio::test(start_paused = true)]
async fn what_azure_does_not_keep_is_no_success() {
    let arm = Arm::new(Knobs { forgets_rules: true, ..Knobs::default() });
    let report = apply(&arm, CONFIG, &PlanOptions::default()).await;
    let told: Vec<&String> = report.failures.iter().map(|failure| &failure.message).collect();
    assert!(told.iter().any(|told| told.contains("does not hold what was written")), "{told:#?}");
}

#[tokio::test(start_paused = true)]
async fn a_null_answer_is_looked_behind() {
    let arm = applied(Knobs { null_for_unchanged: true, ..Knobs::default() }).await;
    let group = id("rg-hub", GROUP);
    let fail = |object: &mut Value| object["properties"]["provisioningState"] = json!("Failed");
    arm.state().objects.entry(group.to_lowercase()).and_modify(fail);
    let report = apply(&arm, CONFIG, &PlanOptions::default()).await;
    assert_ne!(report.outcome, Outcome::Done, "the group is Failed as before, and nothing was written");
    let told: Vec<&String> = report.failures.iter().map(|failure| &failure.message).collect();
    assert!(told.iter().any(|told| told.contains("provisioningState is Failed")), "{told:#?}");
}

#[tokio::test(start_paused = true)]
async fn a_token_that_is_refused_once_costs_nothing() {
    for path in ["/securityRules/", "/ruleCollectionGroups/", "/privateEndpointConnections/"] {
        let arm = applied(Knobs { once: Some((path, 401, "ExpiredAuthenticationToken")), ..Knobs::default() }).await;
        let writes = arm.writes();
        let refused = writes.iter().position(|line| line.ends_with("-> 401")).expect("one was refused");
        let name = writes[refused].trim_end_matches("401");
        let sent = writes.iter().filter(|line| line.starts_with(name)).count();
        assert_eq!(sent, 2, "once more, and not oftener: {writes:#?}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_turn_at_a_firewall_policy_is_waited_for_and_told() {
    let arm = Arm::new(Knobs { policy_busy: 3000, ..Knobs::default() });
    let report = apply(&arm, CONFIG, &PlanOptions::default()).await;
    assert_done(&report);
    let told = report.warnings.iter().any(|told| told.contains("for its turn at firewall policy afwp-hub"));
    assert!(told, "{:#?}", report.warnings);

    let arm = Arm::new(Knobs { policy_busy: 4000, ..Knobs::default() });
    let report = apply(&arm, CONFIG, &PlanOptions::default()).await;
    let kinds: Vec<_> = report.failures.iter().filter_map(|failure| Some(failure.error.as_ref()?.kind)).collect();
    assert_eq!(kinds, [ErrorKind::Busy], "an hour is enough: {:#?}", report.failures);
}

/// Twelve products with a group each on one policy, applied at the same time: each write holds up all others.
#[tokio::test(start_paused = true)]
async fn twelve_groups_on_one_policy_are_all_written() {
    let arm = Arm::new(Knobs::default());
    let config = |at: usize| {
        let part = CONFIG.split("  - kind: azure/private-link-service").next().unwrap_or_default();
        let part = part.replace("payments-edge", &format!("product-{at}"));
        part.replace("2110", &format!("{}", 2110 + at)).replace("2201", &format!("{}", 2201 + at))
    };
    let configs: Vec<String> = (0..12).map(config).collect();
    let options = PlanOptions::default();
    let reports = futures_util::future::join_all(configs.iter().map(|config| apply(&arm, config, &options))).await;
    reports.iter().for_each(assert_done);
}

#[tokio::test(start_paused = true)]
async fn what_a_policy_has_evaluated_outside_is_sent_again_with_its_token() {
    let arm = applied(Knobs { evaluation: Some(Evaluation::Granted), ..Knobs::default() }).await;
    let rule: Vec<String> = arm.writes().into_iter().filter(|line| line.contains("from-aws")).collect();
    let wanted = ["PUT xc-payments-edge-from-aws -> 403", "PUT xc-payments-edge-from-aws -> 201"];
    assert_eq!(rule, wanted, "the token is for the bytes that were refused");
    assert_eq!(arm.writes().iter().filter(|line| line.starts_with("POST acquirePolicyToken")).count(), 1);
    assert_done(&apply(&arm, CONFIG, &PlanOptions { destroy: true, ..PlanOptions::default() }).await);
}

#[tokio::test(start_paused = true)]
async fn what_the_outside_check_of_a_policy_says_is_told() {
    let (arm, kind, told) = failing(Knobs { evaluation: Some(Evaluation::Refused), ..Knobs::default() }).await;
    assert_eq!(kind, ErrorKind::Policy);
    assert!(told.contains("`changes-are-approved`") && told.contains("change CHG-1 is not approved"), "{told}");
    assert_eq!(arm.writes().iter().filter(|line| line.contains("PUT xc-payments-edge-from-aws")).count(), 1);
}

/// Record sets are written without an operation: what ends at once is compared all the same.
#[tokio::test(start_paused = true)]
async fn what_ends_at_once_is_compared_with_what_was_written() {
    let arm = Arm::new(Knobs { kept_ttl: Some(300), ..Knobs::default() });
    let report = apply(&arm, CONFIG, &PlanOptions::default()).await;
    let kinds: Vec<_> = report.failures.iter().filter_map(|failure| Some(failure.error.as_ref()?.kind)).collect();
    assert_eq!(kinds, [ErrorKind::NotKept], "{:#?}", report.failures);
}

/// Somebody deletes everything of ours; Azure takes five minutes for it.
#[tokio::test(start_paused = true)]
async fn what_is_being_deleted_is_neither_there_nor_gone() {
    let arm = applied(Knobs::default()).await;
    let ours = |id: &String| id.contains("/xc-payments-edge") || id.contains("/rcg-xcloud");
    let going = |id: &String| ours(id) && !id.contains("connections/") && !id.contains("/privatednszones/");
    let ids: Vec<String> =
        arm.state().objects.keys().filter(|id| going(id) && !id.contains(".nic.")).cloned().collect();
    assert_eq!(ids.len(), 4, "{ids:?}");
    for id in &ids {
        let mut state = arm.state();
        state.start(id, 300, Later::Goes, None);
        state.objects.entry(id.clone()).and_modify(|one| one["properties"]["provisioningState"] = json!("Deleting"));
    }
    let desired = load(CONFIG);
    let plan = arm.process(&desired).plan(&PlanOptions::default()).await.0.expect("there is a plan");
    let notes = plan.notes.iter().filter(|note| note.code == NoteCode::BeingDeleted).count();
    assert_eq!(notes, 4, "{:#?}", plan.notes);
    assert_eq!(plan.steps.len(), 5, "each is made again, and the connection approved: {:#?}", plan.steps);
    assert_done(&arm.process(&desired).apply(&plan).await);
    let (plan, problems) = arm.process(&desired).plan(&PlanOptions::default()).await;
    assert_in_sync(&plan.unwrap_or_else(|| panic!("there is no plan: {}", told(&problems))));
}

#[tokio::test(start_paused = true)]
async fn every_resource_group_that_is_missing_is_a_problem_of_the_plan() {
    let config = CONFIG.replace("resource_group: rg-prod", "resource_group: rg-none");
    let config = config.replace("resource_group: rg-apps", "resource_group: rg-nowhere");
    let arm = Arm::new(Knobs::default());
    let (plan, problems) = arm.process(&load(&config)).plan(&PlanOptions::default()).await;
    let codes: Vec<&str> = problems.0.iter().map(|problem| problem.code.as_str()).collect();
    assert!(plan.is_none() && codes == ["resource-group-missing", "resource-group-missing"], "{}", told(&problems));
}

#[tokio::test(start_paused = true)]
async fn a_basic_load_balancer_is_a_problem_of_the_plan() {
    let arm = Arm::new(Knobs { load_balancer_sku: Some("Basic"), ..Knobs::default() });
    let (plan, problems) = arm.process(&load(CONFIG)).plan(&PlanOptions::default()).await;
    let codes: Vec<&str> = problems.0.iter().map(|problem| problem.code.as_str()).collect();
    assert!(plan.is_none() && codes == ["load-balancer-sku"], "{}", told(&problems));
}

#[tokio::test(start_paused = true)]
async fn descriptions_that_azure_does_not_keep_lock_nobody_out() {
    let arm = applied(Knobs { forgets_descriptions: true, ..Knobs::default() }).await;
    assert_done(&apply(&arm, &moved(), &PlanOptions::default()).await);
    let plan = arm.process(&load(&moved())).plan(&PlanOptions::default()).await.0.expect("there is a plan");
    assert_in_sync(&plan);
    assert!(plan.notes.iter().any(|note| note.code == NoteCode::MarksLost), "{:#?}", plan.notes);
}
