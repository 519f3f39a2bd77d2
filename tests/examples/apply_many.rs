//! Applies n copies of an estate on the simulated clouds and prints what it took.
//!
//! ```text
//! cargo run --release -p xcloud-tests --example apply_many -- 500
//! ```

#![expect(clippy::print_stdout, reason = "an example prints its figures")]

#[path = "../it/copies.rs"]
mod copies;

use std::time::Instant;

use xcloud_core::plan::PlanOptions;
use xcloud_tests::Testbed;

#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let n: usize = std::env::args().nth(1).ok_or("how many copies?")?.parse()?;
    let desired = copies::copies(n);
    let bed = Testbed::new(&desired);
    bed.cloud().change(|world, _now| {
        let quotas = &mut world.aws.quotas;
        quotas.groups_per_region = usize::MAX;
        quotas.endpoints_per_vpc = usize::MAX;
        quotas.load_balancers_per_region = usize::MAX;
    });
    let process = bed.process(&desired);
    let real = Instant::now();
    let (plan, problems) = process.plan(&PlanOptions::default()).await;
    let plan = plan.ok_or_else(|| format!("there is no plan: {problems:?}"))?;
    let planned = real.elapsed();
    let report = process.apply(&plan).await;
    let calls = process.calls();
    println!(
        "{n} copies: {} steps, {} calls ({} changing, {} throttled), plan {:.1} s, apply {:.1} s real, {:.0} s simulated, {:?}",
        plan.steps.len(),
        calls.total,
        calls.mutating,
        calls.throttled,
        planned.as_secs_f64(),
        real.elapsed().as_secs_f64() - planned.as_secs_f64(),
        f64::from(u32::try_from(report.elapsed_ms / 1000)?),
        report.outcome,
    );
    let process = bed.process(&desired);
    let real = Instant::now();
    let (again, _) = process.plan(&PlanOptions::default()).await;
    let again = again.ok_or("there is no second plan")?;
    println!(
        "no-op plan: {} steps, {} calls (allowed {:.0}), {:.1} s real",
        again.steps.len(),
        process.calls().total,
        12.0 + 3.2 * f64::from(u32::try_from(n)?),
        real.elapsed().as_secs_f64(),
    );
    Ok(())
}
