//! Ctrl-C and SIGTERM: once, nothing new starts, running calls are waited for, and what was done is undone; twice, the
//! process ends, and its journal tells the next one where it stood.

use tokio::sync::watch;
use xcloud_engine::Stop;

use crate::exit::Exit;
use crate::ui::Ui;

/// Watches for signals until the runtime ends. The answered watch turns true at the first one; who acts on it
/// tells the operator.
///
/// # Errors
/// If the handlers cannot be installed.
pub(crate) fn watch_signals(ui: &Ui) -> std::io::Result<Stop> {
    let (sender, receiver) = watch::channel(false);
    let ui = ui.clone();
    let mut signals = Signals::install()?;
    tokio::spawn(async move {
        signals.next().await;
        sender.send_replace(true);
        signals.next().await;
        ui.warn("stopped at once: calls may be under way; `xcloud resume` finishes the run, `xcloud resume --undo` undoes it");
        at_once();
    });
    Ok(receiver)
}

#[expect(clippy::exit, reason = "the operator asked twice not to wait for anything")]
fn at_once() -> ! {
    std::process::exit(i32::from(Exit::Left.code()))
}

/// Waits until the watch turns true.
pub(crate) async fn stopped(mut stop: Stop) {
    while !*stop.borrow_and_update() {
        if stop.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn install() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    #[expect(clippy::unnecessary_wraps, reason = "the same form as on Unix")]
    fn install() -> std::io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
