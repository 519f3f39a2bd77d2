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

pub mod aws;
pub mod azure;
mod clock;
mod cloud;
mod fault;
mod serve;
mod wire;

pub use clock::{Clock, Millis};
pub use cloud::{Cloud, LoggedCall, World};
pub use fault::{Fault, FaultKind, Lost};
pub use serve::serve;
pub use wire::{Caller, Request, Response};
