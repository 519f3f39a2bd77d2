//! A session with the clouds: real ones on a real clock, or the simulated ones on a clock that jumps.

use anyhow::Context as _;
use tokio::runtime::{Builder, Runtime};
use xcloud_core::model::Desired;
use xcloud_engine::Stop;

use crate::cli::Global;
use crate::exit::Exit;
use crate::sandbox::{LOCKED, Sandbox};
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

/// What every cloud command starts with.
pub(crate) struct Setup<'a> {
    /// The terminal.
    pub(crate) ui: &'a Ui,
    /// The options of every command.
    pub(crate) global: &'a Global,
    /// The environment.
    pub(crate) settings: &'a Settings,
    /// The state to which the command belongs: where it lives and how Azure is signed in to.
    pub(crate) desired: &'a Desired,
    /// Whether the command changes anything.
    pub(crate) access: Access,
}

/// Runs a command's work against the clouds.
///
/// # Errors
/// What nobody expects: no runtime, a sandbox that cannot be read or saved.
pub(crate) fn run<F>(setup: &Setup<'_>, work: F) -> anyhow::Result<Exit>
where
    F: AsyncFnOnce(&Session) -> anyhow::Result<Exit>,
{
    if setup.global.sandbox { simulated(setup, work) } else { real(setup, work) }
}

fn real<F>(setup: &Setup<'_>, work: F) -> anyhow::Result<Exit>
where
    F: AsyncFnOnce(&Session) -> anyhow::Result<Exit>,
{
    let reach = match Reach::real(setup.settings, setup.desired) {
        Ok(reach) => reach,
        Err(error) => return Ok(setup.ui.refuse_plainly(Exit::Refused, &format!("{error:#}"))),
    };
    real_runtime()?.block_on(async {
        let session = open(setup, reach, true).await?;
        work(&session).await
    })
}

/// The clock is paused: when everything waits, it jumps to the next moment at which something happens.
fn simulated<F>(setup: &Setup<'_>, work: F) -> anyhow::Result<Exit>
where
    F: AsyncFnOnce(&Session) -> anyhow::Result<Exit>,
{
    let runtime = Builder::new_current_thread().enable_all().start_paused(true).build().context("no runtime")?;
    runtime.block_on(async {
        let Some(sandbox) = Sandbox::open(&setup.global.config, setup.desired, 1.0)? else {
            return Ok(setup.ui.refuse_plainly(Exit::Locked, LOCKED));
        };
        sandbox.tell_gaps(setup.ui);
        let session = open(setup, Reach::sandbox(sandbox.cloud()), false).await?;
        let exit = work(&session).await;
        sandbox.save()?;
        exit
    })
}

async fn open(setup: &Setup<'_>, reach: Reach, real_time: bool) -> anyhow::Result<Session> {
    let wired = Wired::new(reach, setup.desired, setup.access)?;
    Ok(Session {
        ui: setup.ui.clone(),
        global: setup.global.clone(),
        settings: setup.settings.clone(),
        wired: wired.of_product(setup.global, setup.settings, setup.desired).await,
        stop: stop::watch_signals(setup.ui).context("signals cannot be watched")?,
        real_time,
    })
}

/// Returns a runtime on the real clock.
///
/// # Errors
/// If the machine gives no threads.
pub(crate) fn real_runtime() -> anyhow::Result<Runtime> {
    Builder::new_multi_thread().worker_threads(2).enable_all().build().context("no runtime")
}
