//! Logs to stderr. Logs are never the record of a run; they help to find out why something happened.

use anyhow::Context as _;
use tracing_subscriber::EnvFilter;

use crate::settings::Settings;
use crate::ui::Ui;

/// The AWS SDK logs an error for each 503 that came over no connection: in the sandbox there is none to close.
const NO_CONNECTION: &str = "aws_smithy_runtime::client::http::connection_poisoning=off";

/// Starts logging: warnings always, more with each `-v`; `XCLOUD_LOG` adds directives.
///
/// # Errors
/// If `XCLOUD_LOG` is no filter.
pub(crate) fn start(verbose: u8, settings: &Settings, ui: &Ui) -> anyhow::Result<()> {
    let base = match verbose {
        0 => "warn",
        1 => "warn,xcloud=info,xcloud_core=info,xcloud_engine=info,xcloud_aws=info,xcloud_azure=info",
        2 => "info,xcloud=debug,xcloud_core=debug,xcloud_engine=debug,xcloud_aws=debug,xcloud_azure=debug",
        _ => "debug,xcloud=trace,xcloud_core=trace,xcloud_engine=trace,xcloud_aws=trace,xcloud_azure=trace",
    };
    let wanted = settings.log_filter().map(|extra| format!("{base},{extra}")).unwrap_or_else(|| base.to_owned());
    // The caps stand last, so that nothing before them lifts them: below these levels the SDKs print headers.
    let azure = xcloud_azure::CAPPED_TRACING_DIRECTIVES.join(",");
    let directives = format!("{wanted},{azure},{},{NO_CONNECTION}", xcloud_aws::LOG_LIMITS);
    let filter = EnvFilter::try_new(&directives).context("XCLOUD_LOG is not a log filter")?;
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(ui.coloured_err())
        .with_target(verbose > 1)
        .init();
    Ok(())
}
