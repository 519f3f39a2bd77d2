//! Checks the story's estate n times in one pass, with the clients and the pacing that the estates of a pass share, and
//! prints what it took.
//!
//! ```text
//! cargo run --release -p xcloud-tests --example drift_many -- 500
//! ```

#![expect(clippy::print_stdout, reason = "an example prints its figures")]

use std::time::Instant;

use xcloud_core::config;
use xcloud_core::plan::PlanOptions;
use xcloud_tests::Testbed;

/// Peak resident memory of this process in MiB, where the system tells it.
fn peak_mib() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().trim_end_matches(" kB").parse::<u64>().ok()? / 1024)
}

#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let n: usize = std::env::args().nth(1).ok_or("how many estates?")?.parse()?;
    let (desired, problems) = config::load("open-api.yaml", include_str!("../../config/open-api.yaml"));
    let desired = desired.ok_or_else(|| format!("{problems:?}"))?;
    let bed = Testbed::new(&desired);
    let process = bed.process(&desired);
    let (plan, problems) = process.plan(&PlanOptions::default()).await;
    let report = process.apply(&plan.ok_or_else(|| format!("{problems:?}"))?).await;
    println!("the story's estate: {} resources, applied {:?}", desired.resources.len(), report.outcome);
    bed.cloud().clock().sleep(1800.0).await;
    let (real, clock) = (Instant::now(), bed.cloud().clock());
    let (began, process) = (clock.now(), bed.reader(&desired));
    for checked in 1..=n {
        let drift = process.drift(&PlanOptions::default()).await;
        if !drift.findings.is_empty() {
            return Err(format!("{:?}", drift.findings).into());
        }
        if [1, n / 10, n].contains(&checked) {
            let calls = process.calls();
            println!(
                "{checked} estates: {} calls ({} throttled), {:.0} s simulated, {:.1} s real, peak {} MiB",
                calls.total,
                calls.throttled,
                clock.now().secs_since(began),
                real.elapsed().as_secs_f64(),
                peak_mib().map_or("unknown".to_owned(), |mib| mib.to_string()),
            );
        }
    }
    Ok(())
}
