//! Both clouds simulated at the wire: an HTTP request in, an HTTP response out.
//!
//! ```text
//!  SDK (in the process) ──┐                    ┌─ aws::handle    EC2, ELBv2, STS, Route 53
//!                         ├─ Cloud::handle ────┤
//!  boto3, az SDK (served) ┘   clock, faults,   └─ azure::handle  Resource Manager
//!                             throttle, log
//! ```
//!
//! The simulator is a cloud: it knows nothing of xcloud. Everything a cloud does by itself later (an endpoint that
//! becomes available, an operation that succeeds) is a time written down when the call was made and compared with
//! the clock when somebody looks, so there are no background tasks and the whole state is one serialisable value.
//!
//! ```
//! use xcloud_sim::aws::{AwsWorld, VpcSeed};
//! use xcloud_sim::{Cloud, World};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build()?.block_on(async {
//! let mut world = World::default();
//! world.aws.add_access_key("AKIATEST", "100000000001")?;
//! let vpc = VpcSeed { id: None, cidr: "10.60.0.0/16".parse()?, dns_hostnames: true, tags: Default::default() };
//! let id = world.aws.add_vpc("100000000001", "eu-north-1", vpc)?;
//! let cloud = Cloud::start(world, 1.0);
//! let scope = "AWS4-HMAC-SHA256 Credential=AKIATEST/20261122/eu-north-1/ec2/aws4_request, Signature=any";
//! let request = http::Request::post("/").header("authorization", scope).body("Action=DescribeVpcs".into())?;
//! let answer = cloud.handle(request, "http://sim").await.expect("no fault is set");
//! assert!(String::from_utf8_lossy(answer.body()).contains(&id));
//! # Ok(())
//! # })
//! # }
//! ```

pub mod aws;
pub mod azure;
mod azure_path;
mod checks;
mod clock;
mod cloud;
mod fault;
mod serve;
pub mod traffic;
mod wire;
mod world;

pub use clock::{Clock, Millis};
pub use cloud::{Cloud, LoggedCall};
pub use fault::{Fault, FaultKind, Lost};
pub use serve::serve;
pub use wire::{Caller, Request, Response};
pub use world::World;
