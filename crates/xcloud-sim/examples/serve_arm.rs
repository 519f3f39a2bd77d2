//! Serves the simulated Resource Manager on loopback until standard input closes.
//!
//! ```text
//! serve_arm [--port N] [--speed N] [--pairs FILE]
//! ```
//! Prints its URL. With `--pairs`, writes the recorded traffic there at the end, one line of JSON for each pair.

use std::io::Write as _;
use std::net::{Ipv4Addr, SocketAddr};

use tokio::net::TcpListener;
use xcloud_sim::azure::AzureWorld;
use xcloud_sim::{Cloud, World, serve};

const SUBSCRIPTION: &str = "11111111-1111-1111-1111-111111111111";
const OTHER_SUBSCRIPTION: &str = "22222222-2222-2222-2222-222222222222";

type Failure = Box<dyn std::error::Error + Send + Sync>;

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let mut options = std::env::args().skip(1);
    let (mut port, mut speed, mut pairs) = (0, 60.0, None);
    while let (Some(name), Some(value)) = (options.next(), options.next()) {
        match name.as_str() {
            "--port" => port = value.parse()?,
            "--speed" => speed = value.parse()?,
            "--pairs" => pairs = Some(value),
            _ => return Err(format!("unknown option {name}").into()),
        }
    }
    let cloud = Cloud::start(World { azure: seeded()?, ..World::default() }, speed);
    cloud.record_arm();
    let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await?;
    let base_url = format!("http://{}", listener.local_addr()?);
    writeln!(std::io::stdout(), "{base_url}")?;
    let input_closed = tokio::task::spawn_blocking(|| std::io::copy(&mut std::io::stdin(), &mut std::io::sink()));
    tokio::select! {
        served = serve(cloud.clone(), listener, base_url) => served?,
        closed = input_closed => { closed??; }
    }
    if let Some(file) = pairs {
        std::fs::write(file, cloud.arm_pairs().join("\n"))?;
    }
    Ok(())
}

/// Returns what cannot be made through the API: subscriptions, resource groups, and a policy on a firewall.
fn seeded() -> Result<AzureWorld, Failure> {
    let mut world = AzureWorld::default();
    // Microsoft's SDK asks for the status at once and gives up on a 404.
    world.durations.replication_lag = 0.0;
    world.add_resource_group(SUBSCRIPTION, "judge-rg", "norwayeast");
    world.add_resource_group(OTHER_SUBSCRIPTION, "judge-rg", "norwayeast");
    let policy = format!(
        "/subscriptions/{SUBSCRIPTION}/resourceGroups/judge-rg/providers/Microsoft.Network/firewallPolicies/hub"
    );
    world.add_firewall_policy(&policy, "norwayeast", true)?;
    Ok(world)
}
