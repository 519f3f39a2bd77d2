//! `xcloud sandbox serve`: the simulated clouds over loopback, for other processes and languages.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use anyhow::Context as _;
use clap::{Args, Subcommand};
use tokio::net::TcpListener;
use xcloud_core::model::{Desired, Place};
use xcloud_sim::serve;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::invocation::{Invocation, Runnable};
use crate::sandbox::{ACCESS_KEY, Sandbox};
use crate::session::real_runtime;
use crate::settings::{ARM_ENDPOINT, ARM_TOKEN, aws_endpoint_variable};
use crate::stop;
use crate::ui::Ui;

/// The simulated clouds as a server for other clients.
#[derive(Debug, Clone, Subcommand)]
pub(crate) enum SandboxCommand {
    /// Serve the simulated clouds over loopback until Ctrl-C.
    Serve(ServeArgs),
}

/// Options of `sandbox serve`.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct ServeArgs {
    /// How many times faster than real time the clouds' own clock runs.
    #[arg(long, value_name = "N", default_value_t = 60.0, value_parser = speed)]
    pub(crate) speed: f64,
    /// The first port; 0 takes free ones.
    #[arg(long, value_name = "PORT", default_value_t = 0)]
    pub(crate) port_base: u16,
}

fn speed(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(speed) if speed.is_finite() && (0.1..=100_000.0).contains(&speed) => Ok(speed),
        _ => Err("a number from 0.1 to 100000 is needed".to_owned()),
    }
}

impl Runnable for SandboxCommand {
    fn run(&self, invocation: &Invocation) -> Result<Exit, Failure> {
        match self {
            Self::Serve(args) => serve_clouds(invocation, *args),
        }
    }
}

fn serve_clouds(invocation: &Invocation, args: ServeArgs) -> Result<Exit, Failure> {
    let ui = &invocation.ui;
    let input = invocation.input()?;
    real_runtime()?.block_on(async {
        let sandbox = Sandbox::open(&invocation.global.config, &input.desired, args.speed)?;
        sandbox.tell_gaps(ui);
        let stop = stop::watch_signals(ui).context("signals cannot be watched")?;
        let variables = listen(&sandbox, &regions(&input.desired), args.port_base).await?;
        announce(ui, &variables, args.speed)?;
        stop::stopped(stop).await;
        sandbox.save()?;
        ui.remark("the simulated clouds are saved");
        Ok(Exit::Done)
    })
}

fn regions(desired: &Desired) -> BTreeSet<String> {
    let places = desired.places.iter().chain(desired.resources.values().map(|resource| &resource.place));
    let declared = std::iter::once(desired.regions.primary.clone()).chain(desired.regions.dr.clone());
    let used = places.filter_map(|place| match place {
        Place::Aws { region, .. } => Some(region.clone()),
        Place::Azure { .. } | Place::Ledger { .. } => None,
    });
    declared.chain(used).collect()
}

/// Listens on one port for each region, one for global services and one for Resource Manager; returns the variables
/// that lead there.
async fn listen(sandbox: &Sandbox, regions: &BTreeSet<String>, base: u16) -> anyhow::Result<Vec<(String, String)>> {
    let mut names: Vec<String> = regions.iter().map(|region| aws_endpoint_variable(region)).collect();
    names.push(aws_endpoint_variable("global"));
    names.push(ARM_ENDPOINT.to_owned());
    let mut variables = Vec::new();
    for (name, at) in names.into_iter().zip(0_u16..) {
        let port = if base == 0 { 0 } else { base.checked_add(at).context("there are not enough ports")? };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await;
        let listener = listener.with_context(|| format!("port {port} cannot be used"))?;
        let url = format!("http://{}", listener.local_addr().context("the listener has no address")?);
        drop(tokio::spawn(serve(sandbox.cloud().clone(), listener, url.clone())));
        variables.push((name, url));
    }
    let fixed = [(ARM_TOKEN, "sandbox"), ("AWS_ACCESS_KEY_ID", ACCESS_KEY), ("AWS_SECRET_ACCESS_KEY", "sandbox")];
    variables.extend(fixed.map(|(name, value)| (name.to_owned(), value.to_owned())));
    Ok(variables)
}

fn announce(ui: &Ui, variables: &[(String, String)], speed: f64) -> std::io::Result<()> {
    let text = || variables.iter().map(|(name, value)| format!("export {name}={value}\n")).collect();
    let json = || variables.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
    ui.answer(text, json)?;
    ui.remark(&format!(
        "the clouds run {speed} times faster than real time; XCLOUD_PACING=off skips xcloud's own pacing"
    ));
    ui.remark("Ctrl-C saves them and ends");
    Ok(())
}
