//! A session with the clouds: real ones on a real clock, or the simulated ones on a clock that jumps.

use anyhow::Context as _;
use tokio::runtime::{Builder, Runtime};
use xcloud_core::model::Desired;
use xcloud_engine::Stop;

use crate::exit::Exit;
use crate::failure::{Failure, Refusal};
use crate::invocation::Invocation;
use crate::options::Global;
use crate::sandbox::Sandbox;
use crate::settings::Settings;
use crate::stop;
use crate::ui::Ui;
use crate::wiring::{Access, Reach, Wired};

/// What a command needs to work on the clouds.
pub(crate) struct Session {
    /// The terminal.
    pub(crate) ui: Ui,
    /// The options of every command.
    pub(crate) global: Global,
    /// The environment.
    pub(crate) settings: Settings,
    /// The adapters and the pacer.
    pub(crate) wired: Wired,
    /// Turns true at the first Ctrl-C.
    pub(crate) stop: Stop,
    /// Whether waiting takes as long as it says; in the sandbox it does not.
    pub(crate) real_time: bool,
}

/// Runs a command's work against the clouds. `desired` is the state to which the command belongs: where it lives and
/// how Azure is signed in to.
///
/// # Errors
/// A setting that cannot be used, a sandbox that is in use or cannot be read or saved, and as `work`.
pub(crate) fn run<F>(invocation: &Invocation, desired: &Desired, access: Access, work: F) -> Result<Exit, Failure>
where
    F: AsyncFnOnce(&Session) -> Result<Exit, Failure>,
{
    if invocation.global.sandbox {
        return simulated(invocation, desired, access, work);
    }
    let reach = Reach::real(&invocation.settings, desired).map_err(|error| Refusal::new(format!("{error:#}")))?;
    real_runtime()?.block_on(async {
        let session = open(invocation, desired, access, reach).await?;
        work(&session).await
    })
}

/// The clock is paused: when everything waits, it jumps to the next moment at which something happens.
fn simulated<F>(invocation: &Invocation, desired: &Desired, access: Access, work: F) -> Result<Exit, Failure>
where
    F: AsyncFnOnce(&Session) -> Result<Exit, Failure>,
{
    let runtime = Builder::new_current_thread().enable_all().start_paused(true).build().context("no runtime")?;
    runtime.block_on(async {
        let sandbox = Sandbox::open(&invocation.global.config, desired, 1.0)?;
        sandbox.tell_gaps(&invocation.ui);
        let session = open(invocation, desired, access, Reach::sandbox(sandbox.cloud())).await?;
        let ended = work(&session).await;
        sandbox.save()?;
        ended
    })
}

async fn open(invocation: &Invocation, desired: &Desired, access: Access, reach: Reach) -> anyhow::Result<Session> {
    let Invocation { ui, global, settings, .. } = invocation.clone();
    let wired = Wired::new(reach, desired, access)?.of_product(&global, &settings, desired).await;
    let stop = stop::watch_signals(&ui).context("signals cannot be watched")?;
    let real_time = !global.sandbox;
    Ok(Session { ui, global, settings, wired, stop, real_time })
}

/// Returns a runtime on the real clock.
///
/// # Errors
/// If the machine gives no threads.
pub(crate) fn real_runtime() -> anyhow::Result<Runtime> {
    Builder::new_multi_thread().worker_threads(2).enable_all().build().context("no runtime")
}
