//! What is kept of failovers in the ledger.

use xcloud_core::failover::Account;
use xcloud_core::journal::Outcome;
use xcloud_engine::RunReport;
use xcloud_engine::ledger::{Ledger, RunKey};

use crate::render::account::{markdown, value};
use crate::session::Session;

/// Keeps the report and what follows from it beside the journal. If that fails, it is said.
pub(crate) async fn keep(session: &Session, ledger: &Ledger, key: &RunKey, account: &Account, report: &RunReport) {
    if let Err(error) = write(ledger, key, account, report).await {
        session.ui.warn(&format!("the report could not be stored with the journal: {error:#}"));
    }
}

async fn write(ledger: &Ledger, key: &RunKey, account: &Account, report: &RunReport) -> anyhow::Result<()> {
    // What `resume` makes of one that is left is the report; this is how it stood before.
    let (left, name) =
        (report.outcome == Outcome::Left, if report.outcome == Outcome::Left { "report.left" } else { "report" });
    if !left || account.commit_ms.is_some() {
        ledger.keep_failover(key, &account.note()).await?;
    }
    ledger.put_beside(key, &format!("{name}.json"), &format!("{:#}\n", value(account, report))).await?;
    Ok(ledger.put_beside(key, &format!("{name}.md"), &markdown(account, report)).await?)
}
