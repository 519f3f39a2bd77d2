//! Every order of steps that a plan's needs allow must succeed: a need that is missing shows itself only when the clouds answer in
//! another order than usual.
//!
//! ```sh
//! XCLOUD_SEEDS=1000 cargo test --workspace --test it -- orders::   # orders of each plan; 3 by default
//! ```

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use xcloud_core::journal::Outcome;
use xcloud_core::plan::{Phase, Plan, PlanOptions, StepId};
use xcloud_tests::Testbed;

use crate::bed::{OPEN_API, RESOURCES, apply, later, load, plan};
use crate::cases::in_sync;

/// Returns the plan with its steps one after another, in an order that the needs allow and the seed chooses. A step that waits for
/// a cloud holds nobody up.
pub(crate) fn one_after_another(plan: &Plan, seed: u64) -> Plan {
    let mut rng = StdRng::seed_from_u64(seed);
    let mut order: Vec<usize> = Vec::new();
    let mut open: Vec<usize> = (0..plan.steps.len()).collect();
    while !open.is_empty() {
        let done = |need: &StepId| order.iter().any(|at| plan.steps[*at].id == *need);
        let builds_left = open.iter().any(|at| plan.steps[*at].phase == Phase::Build);
        let may_start = |at: &&usize| {
            let step = &plan.steps[**at];
            step.needs.iter().all(done) && (step.phase == Phase::Build || !builds_left)
        };
        let ready: Vec<usize> = open.iter().filter(may_start).copied().collect();
        assert!(!ready.is_empty(), "the needs of the plan are a circle");
        let next = ready[rng.random_range(0..ready.len())];
        open.retain(|at| *at != next);
        order.push(next);
    }
    let mut chained = plan.clone();
    let mut last: Option<usize> = None;
    for at in order {
        let before = last.map(|last| plan.steps[last].id.clone());
        let needs = &mut chained.steps[at].needs;
        needs.extend(before.filter(|before| !needs.contains(before)).into_iter().collect::<Vec<_>>());
        // What waits for a cloud lets the others go on.
        if plan.steps[at].awaits.is_empty() {
            last = Some(at);
        }
    }
    chained
}

fn seeds() -> u64 {
    std::env::var("XCLOUD_SEEDS").ok().and_then(|count| count.parse().ok()).unwrap_or(3)
}

async fn succeeds(bed: &Testbed, text: &str, options: &PlanOptions, seed: u64) {
    let desired = load(text);
    let desired = if options.prune { desired.without_resources() } else { desired };
    let plan = one_after_another(&plan(bed, &desired, options).await, seed);
    let report = bed.process(&desired).apply(&plan).await;
    let failures: Vec<&String> = report.failures.iter().map(|failure| &failure.message).collect();
    assert_eq!(report.outcome, Outcome::Done, "seed {seed}: {failures:#?}");
    in_sync(bed, &desired).await.unwrap_or_else(|error| panic!("seed {seed}: {error}"));
}

#[tokio::test(start_paused = true)]
async fn a_first_apply_and_the_end_of_everything_succeed_in_any_order() {
    for text in [RESOURCES, OPEN_API] {
        let made = Testbed::new(&load(text));
        apply(&made, &load(text), &PlanOptions::default()).await;
        later(&made).await;
        for seed in 0..seeds() {
            succeeds(&Testbed::new(&load(text)), text, &PlanOptions::default(), seed).await;
            succeeds(&made.fork(), text, &PlanOptions { prune: true, ..PlanOptions::default() }, seed).await;
        }
    }
}

#[test]
fn an_order_keeps_the_needs_and_differs_from_seed_to_seed() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build();
    let desired = load(RESOURCES);
    let plan = runtime.expect("a runtime").block_on(plan(&Testbed::new(&desired), &desired, &PlanOptions::default()));
    let orders: Vec<Plan> = (0..4).map(|seed| one_after_another(&plan, seed)).collect();
    assert!(orders.windows(2).any(|pair| pair[0] != pair[1]), "every seed gives the same order");
    for order in &orders {
        let pairs = plan.steps.iter().zip(&order.steps);
        assert!(pairs.clone().all(|(before, after)| before.needs.iter().all(|need| after.needs.contains(need))));
        let begin = order.steps.iter().filter(|step| step.needs.is_empty() && step.awaits.is_empty());
        assert_eq!(begin.count(), 1, "one begins");
    }
}
