//! Random estates that nobody changes: drift finds nothing in them, and a plan nothing to do.
//!
//! ```sh
//! XCLOUD_SEEDS=1000 cargo test -p xcloud-tests --test it still::   # as many; 30 by default
//! ```
#![expect(clippy::print_stderr, reason = "the counts belong to the test's own output")]

#[path = "../../crates/xcloud-core/tests/config/generated.rs"]
#[expect(dead_code, reason = "files of single resources name objects that no cloud has")]
mod generated;

use std::collections::BTreeMap;

use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use xcloud_core::plan::PlanOptions;
use xcloud_tests::Testbed;

use crate::bed::{apply, differences, later, load, plan, told};
use crate::tamper::hand::findings;

fn count() -> usize {
    std::env::var("XCLOUD_SEEDS").ok().and_then(|count| count.parse().ok()).unwrap_or(30)
}

/// A story as it can be applied with one login: what it leaves to the reader's own credentials is a role.
fn with_roles(text: &str) -> String {
    let text =
        text.replace("hub: {account: \"000000000001\", vpc", "hub: {account: \"000000000001\", role: xcloud, vpc");
    text.replace("product: {vpc", "product: {role: xcloud, vpc")
}

#[tokio::test(start_paused = true)]
async fn random_estates_do_not_drift_by_themselves() {
    let (config, algorithm) = (Config::default(), RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(algorithm));
    let mut made: BTreeMap<&str, usize> = BTreeMap::new();
    let (mut played, mut refused) = (0, 0);
    while played < count() {
        let text = with_roles(&generated::story().new_tree(&mut runner).expect("a story").current());
        let (desired, seed) = (load(&text), played + refused);
        let bed = Testbed::new(&desired);
        let (first, problems) = bed.process(&desired).plan(&PlanOptions::default()).await;
        if first.is_none() {
            // The pins of two sides may stand in different zones: a plan says so before anything is made.
            assert!(
                problems.0.iter().all(|one| one.code.as_str() == "zone-not-offered"),
                "{}\n{text}",
                told(&problems)
            );
            refused += 1;
            continue;
        }
        apply(&bed, &desired, &PlanOptions::default()).await;
        later(&bed).await;
        let report = bed.process(&desired).drift(&PlanOptions::default()).await;
        assert_eq!(findings(&report), Vec::<String>::new(), "estate {seed}:\n{text}");
        let again = plan(&bed, &desired, &PlanOptions::default()).await;
        assert!(again.steps.is_empty(), "estate {seed}: {:#?}\n{text}", differences(&again));
        for resource in desired.resources.values() {
            *made.entry(resource.spec.kind().full()).or_default() += 1;
        }
        played += 1;
    }
    eprintln!("{played} estates without a finding ({refused} refused by their plans): {made:?}");
    assert!(refused <= played, "{refused} of {} were refused", played + refused);
}
