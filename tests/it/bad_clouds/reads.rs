//! Every read of a plan meets every fault: the place is unknown with the reason, or the fault is sat out; never a
//! change, never a hang, never a panic.

use std::collections::BTreeSet;
use std::time::Duration;

use xcloud_core::model::Desired;
use xcloud_core::plan::PlanOptions;
use xcloud_core::provider::ErrorKind;
use xcloud_sim::{Fault, FaultKind};
use xcloud_tests::Testbed;

use super::shape::{bed, tell};
use crate::bed::{RESOURCES, apply, differences, later, load};

/// A plan may take this long in simulated time: the deadline of its reads and a little.
const LONGEST: Duration = Duration::from_secs(61);

/// What happens to every call of an operation, and what the reason must be then; `None`: the plan is as usual.
type Mishap = (&'static str, fn(bool) -> FaultKind, u32, Option<&'static [ErrorKind]>);

fn error(status: u16, code: &str) -> FaultKind {
    FaultKind::Error { status, code: code.to_owned(), message: format!("played: {code}") }
}

fn raw(status: u16, body: &str) -> FaultKind {
    FaultKind::Raw { status, body: body.to_owned() }
}

const MISHAPS: [Mishap; 11] = [
    (
        "denied",
        |azure| error(403, if azure { "AuthorizationFailed" } else { "UnauthorizedOperation" }),
        u32::MAX,
        Some(&[ErrorKind::Denied]),
    ),
    (
        "expired",
        |azure| {
            if azure { error(401, "ExpiredAuthenticationToken") } else { error(400, "ExpiredToken") }
        },
        u32::MAX,
        Some(&[ErrorKind::Credentials]),
    ),
    ("refused", |_| FaultKind::Refuse, u32::MAX, Some(&[ErrorKind::Unreachable])),
    (
        "silent",
        |_| FaultKind::SilentBefore,
        u32::MAX,
        Some(&[ErrorKind::Deadline, ErrorKind::OutcomeUnknown, ErrorKind::Unreachable]),
    ),
    ("cut", |_| FaultKind::Truncate, u32::MAX, Some(&[ErrorKind::Malformed, ErrorKind::OutcomeUnknown])),
    (
        "HTML",
        |_| raw(500, "<html><body>Internal Server Error</body></html>"),
        u32::MAX,
        Some(&[ErrorKind::OutcomeUnknown]),
    ),
    ("nothing", |_| raw(200, ""), u32::MAX, Some(&[ErrorKind::Malformed])),
    ("noise", |_| raw(200, "\u{0}{]<a><b></a>\u{fffd}"), u32::MAX, Some(&[ErrorKind::Malformed])),
    ("cut once", |_| FaultKind::Truncate, 1, None),
    (
        "throttled",
        |azure| error(if azure { 429 } else { 503 }, if azure { "TooManyRequests" } else { "RequestLimitExceeded" }),
        3,
        None,
    ),
    ("5xx twice", |_| error(500, "InternalError"), 2, None),
];

/// What a place answered: why it is unknown, if it is.
async fn judge(bed: &Testbed, desired: &Desired, operation: &str, mishap: &Mishap) -> Result<(), String> {
    let (_, _, _, wanted) = mishap;
    let process = bed.process(desired);
    let observed = tokio::time::timeout(LONGEST, process.observe()).await.map_err(|_| "the plan hangs".to_owned())?;
    let unknown: Vec<_> = observed.places.keys().filter_map(|key| observed.unknown(key)).collect();
    match (wanted, unknown.as_slice()) {
        (None, []) => {}
        // What a role may not read of a shared policy is told, and the rest is planned.
        (Some([ErrorKind::Denied]), []) if operation == "GET firewallPolicies" => {
            let mut policies =
                observed.places.keys().filter_map(|key| observed.azure(key)).flat_map(|live| &live.policies);
            if !policies.any(|policy| policy.unread.is_some()) {
                return Err("nothing tells that the policy was not read".to_owned());
            }
        }
        // Whether Resource Manager would refuse a call is known by the call itself at the latest.
        (Some(_), []) if operation == "GET locks" => {
            let mut places = observed.places.keys().filter_map(|key| observed.azure(key));
            if !places.any(|live| live.locks_unread.is_some()) {
                return Err("nothing tells that the locks were not read".to_owned());
            }
        }
        // A role may read the frontend alone, of which the service is made: all but the balancer's kind is known from that.
        (Some([ErrorKind::Denied]), []) if operation == "GET loadBalancers" => {}
        (Some(kinds), [error]) => {
            let named = error.operation == operation || error.kind == ErrorKind::Deadline;
            if !kinds.contains(&error.kind) || !named || error.message.is_empty() {
                return Err(format!("the reason is {error:?}"));
            }
            let is_answer = matches!(error.kind, ErrorKind::Denied | ErrorKind::Credentials);
            if is_answer && (error.code.is_none() || error.request_id.is_none()) {
                return Err(format!("the reason lacks code or request id: {error:?}"));
            }
        }
        (_, unknown) => return Err(format!("unknown places: {unknown:?}")),
    }
    let (plan, problems) = xcloud_core::plan::converge(desired, &observed, &PlanOptions::default());
    let plan = plan.ok_or_else(|| format!("there is no plan: {problems:?}"))?;
    if plan.steps.is_empty() && differences(&plan).is_empty() {
        return Ok(());
    }
    Err(format!("the plan changes something: {:?}", differences(&plan)))
}

#[tokio::test(start_paused = true)]
async fn a_read_that_fails_makes_its_place_unknown_and_changes_nothing() {
    let desired = load(RESOURCES);
    let bed = bed(&desired);
    apply(&bed, &desired, &PlanOptions::default()).await;
    later(&bed).await;
    let from = bed.cloud().calls().len();
    bed.process(&desired).plan(&PlanOptions::default()).await;
    let log = bed.cloud().calls();
    let reads: BTreeSet<(String, String)> =
        log[from..].iter().map(|call| (call.operation.clone(), call.region.clone())).collect();
    let (mut wrong, mut played) = (Vec::new(), 0);
    for (operation, region) in &reads {
        for mishap in &MISHAPS {
            let (name, kind, times, _) = mishap;
            let fault = Fault {
                operation: Some(operation.clone()),
                region: Some(region.clone()),
                skip: 0,
                times: *times,
                kind: kind(region == "azure"),
            };
            bed.cloud().set_faults(vec![fault]);
            played += 1;
            if let Err(what) = judge(&bed, &desired, operation, mishap).await {
                wrong.push(format!("{operation} in {region}, {name}: {what}"));
            }
        }
    }
    tell(played, reads.len(), MISHAPS.len());
    assert!(wrong.is_empty(), "{} of {played} cases:\n{}", wrong.len(), wrong.join("\n"));
    assert!(reads.len() >= 12, "the plan reads less than it should: {reads:?}");
}
