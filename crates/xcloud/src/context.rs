//! What a command works with, opened once: the ledger alone, or the clouds with the ledger as it was found.

use xcloud_core::model::Desired;
use xcloud_core::plan::{Plan, PlanOptions};

use crate::exit::Exit;
use crate::failure::Failure;
use crate::input::Input;
use crate::invocation::Invocation;
use crate::ledger::{self, Named};
use crate::planning;
use crate::recording::{self, Head};
use crate::session::{Session, real_runtime};

/// What a command plans and changes with.
pub(crate) struct Opened<'a> {
    /// The clouds.
    pub(crate) session: &'a Session,
    /// What is desired.
    pub(crate) desired: &'a Desired,
    /// The SHA-256 of the config's text; empty if the desired state comes from elsewhere.
    pub(crate) config_sha256: String,
    /// How plans are made, with what the ledger knows of active-region records.
    pub(crate) options: PlanOptions,
    /// The ledger as it was before the clouds were read.
    pub(crate) head: Head,
}

impl<'a> Opened<'a> {
    /// Opens the ledger for a new run of a config: not while an earlier run is cut off.
    ///
    /// # Errors
    /// If a run is cut off, or the ledger cannot be read.
    pub(crate) async fn write(session: &'a Session, input: &'a Input, options: PlanOptions) -> Result<Self, Failure> {
        let head = recording::head(session, &input.desired).await?;
        head.refuse_if_cut_off()?;
        Ok(Self { config_sha256: input.fingerprint(), ..Self::at(session, &input.desired, options, head).await })
    }

    /// Puts a ledger that was looked at together with what is desired, which need not be the config.
    pub(crate) async fn at(session: &'a Session, desired: &'a Desired, options: PlanOptions, head: Head) -> Self {
        let options = recording::knowing(desired, Some(&head), options).await;
        Self { session, desired, config_sha256: String::new(), options, head }
    }

    /// Observes and plans.
    ///
    /// # Errors
    /// As [`planning::plan`].
    pub(crate) async fn plan(&self) -> Result<Plan, Failure> {
        planning::plan(self.session, self.desired, &self.options).await
    }
}

/// Runs a command's work on the ledger of the config's product. No cloud is called.
///
/// # Errors
/// What is wrong with the config or the ledger, and as `work`.
pub(crate) fn on_ledger<F>(invocation: &Invocation, work: F) -> Result<Exit, Failure>
where
    F: AsyncFnOnce(&Input, &Named) -> Result<Exit, Failure>,
{
    let input = invocation.input()?;
    real_runtime()?.block_on(async {
        let named = ledger::open(&invocation.global, &invocation.settings, &input.desired).await?;
        named.ledger.check().await?;
        work(&input, &named).await
    })
}
