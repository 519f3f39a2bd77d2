//! Logs to stderr. Logs are never the record of a run; they help to find out why something happened.

use anyhow::Context as _;
use tracing::{Level, Metadata};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

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
    let filter = EnvFilter::try_new(format!("{wanted},{NO_CONNECTION}")).context("XCLOUD_LOG is not a log filter")?;
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(ui.coloured_err())
        .with_target(verbose > 1);
    tracing_subscriber::registry().with(filter).with(filter_fn(may_be_shown)).with(lines).init();
    Ok(())
}

/// Below `info` the SDKs and their HTTP clients print headers and bodies, tokens among them (facts/azure 1.1). No
/// directive lifts this.
fn may_be_shown(metadata: &Metadata<'_>) -> bool {
    *metadata.level() <= Level::INFO || metadata.target().starts_with("xcloud")
}
