//! The front door: clock, faults and the call log around the two clouds.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use serde::Serialize;

use crate::world::World;
use crate::{Caller, Clock, Fault, FaultKind, Lost, Millis, Request, Response, aws, azure, checks};

/// One call that reached the simulator.
#[derive(Debug, Clone, Serialize)]
pub struct LoggedCall {
    /// Simulated time at which the cloud met the call.
    pub at: Millis,
    /// AWS region, or `azure`.
    pub region: String,
    /// Operation name, or `?` if the call never reached a cloud.
    pub operation: String,
    /// HTTP status; `None` if the answer, or the call, was lost.
    pub status: Option<u16>,
    /// Whether the call changed the state, even if its answer was lost.
    pub mutated: bool,
}

/// A running simulator. Clones share the same clouds.
#[derive(Debug, Clone)]
pub struct Cloud {
    clock: Clock,
    shared: Arc<Mutex<Shared>>,
}

#[derive(Debug)]
struct Shared {
    world: World,
    faults: Vec<Fault>,
    log: Vec<LoggedCall>,
    arm_pairs: Option<Vec<String>>,
    aws_pairs: Option<Vec<String>>,
    /// When the health checks were looked at; `None`: something has changed since.
    checked: Option<Millis>,
}

impl Cloud {
    /// Starts a simulator on `world`, with simulated time going on from where the world was stored.
    #[must_use]
    pub fn start(mut world: World, speed: f64) -> Self {
        let clock = Clock::starting_at(world.now, speed);
        world.aws.speed = speed;
        Self {
            clock,
            shared: Arc::new(Mutex::new(Shared {
                world,
                faults: Vec::new(),
                log: Vec::new(),
                arm_pairs: None,
                aws_pairs: None,
                checked: None,
            })),
        }
    }

    /// Returns the simulated clock.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Returns a copy of the state, stamped with the current time.
    #[must_use]
    pub fn world(&self) -> World {
        let now = self.clock.now();
        let mut shared = self.lock();
        shared.look_at_checks(now);
        World { now, ..shared.world.clone() }
    }

    /// Looks at the state, as a judge does.
    pub fn look<T>(&self, look: impl FnOnce(&World, Millis) -> T) -> T {
        let now = self.clock.now();
        let mut shared = self.lock();
        shared.look_at_checks(now);
        look(&shared.world, now)
    }

    /// Changes the state directly, as the cloud's own console would (tests, tampering).
    pub fn change<T>(&self, change: impl FnOnce(&mut World, Millis) -> T) -> T {
        let now = self.clock.now();
        let mut shared = self.lock();
        shared.look_at_checks(now);
        shared.checked = None;
        change(&mut shared.world, now)
    }

    /// Replaces all faults.
    pub fn set_faults(&self, faults: Vec<Fault>) {
        self.lock().faults = faults;
    }

    /// Returns every call so far.
    #[must_use]
    pub fn calls(&self) -> Vec<LoggedCall> {
        self.lock().log.clone()
    }

    /// Returns how many calls have changed the state so far.
    #[must_use]
    pub fn changes(&self) -> usize {
        self.lock().log.iter().filter(|call| call.mutated).count()
    }

    /// Starts recording every Resource Manager request with its answer, as the cloud gave it (before faults).
    pub fn record_arm(&self) {
        self.lock().arm_pairs.get_or_insert_default();
    }

    /// Returns what [`Self::record_arm`] recorded, one line of JSON for each pair.
    #[must_use]
    pub fn arm_pairs(&self) -> Vec<String> {
        self.lock().arm_pairs.clone().unwrap_or_default()
    }

    /// Starts recording every AWS request with its answer, as the cloud gave it (before faults).
    pub fn record_aws(&self) {
        self.lock().aws_pairs.get_or_insert_default();
    }

    /// Returns what [`Self::record_aws`] recorded, one line of JSON for each pair.
    #[must_use]
    pub fn aws_pairs(&self) -> Vec<String> {
        self.lock().aws_pairs.clone().unwrap_or_default()
    }

    /// Answers one HTTP request, or says why there is no answer.
    ///
    /// # Errors
    /// [`Lost`] if a fault swallows the call or its answer.
    pub async fn handle(&self, request: http::Request<Bytes>, base_url: &str) -> Result<http::Response<Bytes>, Lost> {
        let (parts, body) = request.into_parts();
        let caller = Caller::from_headers(&parts.headers);
        let request = Request {
            method: parts.method,
            uri: parts.uri,
            headers: parts.headers,
            body,
            caller,
            base_url: base_url.to_owned(),
        };
        let region = match &request.caller {
            Caller::Aws { region, .. } => region.clone(),
            Caller::Azure | Caller::Anonymous => "azure".to_owned(),
        };
        let operation = match &request.caller {
            Caller::Aws { .. } => aws::operation_of(&request),
            Caller::Azure | Caller::Anonymous => azure::operation_of(&request),
        };
        let fault = self.lock().meet(&region, &operation);
        // A round trip takes 40 simulated milliseconds; the state is read and changed at its middle.
        self.clock.sleep(0.02).await;
        let slow = if let Some(FaultKind::Slow(seconds)) = &fault { *seconds } else { 0.0 };
        let (outcome, mutated) = self.outcome(&request, fault);
        let status = outcome.as_ref().ok().map(|response| response.status);
        self.lock().log.push(LoggedCall { at: self.clock.now(), region, operation, status, mutated });
        let response = outcome?;
        self.clock.sleep(slow + 0.02).await;
        Ok(into_http(response, self.clock.speed()))
    }

    /// Returns the answer as the client gets it, and whether the state changed: a lost answer may have an effect.
    fn outcome(&self, request: &Request, fault: Option<FaultKind>) -> (Result<Response, Lost>, bool) {
        match fault {
            Some(FaultKind::Refuse) => return (Err(Lost::Refused), false),
            Some(FaultKind::SilentBefore) => return (Err(Lost::Silent), false),
            Some(FaultKind::Error { status, code, message }) => {
                let response = match &request.caller {
                    Caller::Aws { .. } => aws::error_response(request, status, &code, &message),
                    Caller::Azure | Caller::Anonymous => azure::error_response(request, status, &code, &message),
                };
                return (Ok(response), false);
            }
            _ => {}
        }
        if let Some(FaultKind::OperationFails { code, message }) = &fault {
            let plan = azure::PlannedFailure {
                operation: azure::operation_of(request),
                times: 1,
                code: code.clone(),
                message: message.clone(),
            };
            self.lock().world.azure.planned_failures.insert(0, plan);
        }
        let mut response = self.dispatch(request);
        if matches!(fault, Some(FaultKind::OperationFails { .. })) {
            // A call that started no operation is not met.
            self.lock().world.azure.planned_failures.remove(0);
        }
        let mutated = response.mutated;
        match fault {
            Some(FaultKind::SilentAfter) => return (Err(Lost::Silent), mutated),
            Some(FaultKind::ResetAfter) => return (Err(Lost::Reset), mutated),
            Some(FaultKind::Truncate) => response.body = response.body.slice(..response.body.len() / 2),
            Some(FaultKind::Raw { status, body }) => {
                response.status = status;
                response.body = Bytes::from(body);
            }
            _ => {}
        }
        (Ok(response), mutated)
    }

    fn dispatch(&self, request: &Request) -> Response {
        let now = self.clock.now();
        let shared = &mut *self.lock();
        shared.look_at_checks(now);
        let response = match &request.caller {
            Caller::Aws { .. } => {
                let response = aws::handle(&mut shared.world.aws, now, request);
                if let Some(pairs) = &mut shared.aws_pairs {
                    pairs.push(aws::pair_line(request, &response));
                }
                response
            }
            Caller::Azure | Caller::Anonymous => {
                let response = azure::handle(&mut shared.world.azure, now, request);
                if let Some(pairs) = &mut shared.arm_pairs {
                    pairs.push(azure::pair_line(request, &response));
                }
                response
            }
        };
        if response.mutated {
            shared.checked = None;
            shared.look_at_checks(now);
        }
        response
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shared {
    /// Looks which health checks come through, if that may have changed since the last look.
    fn look_at_checks(&mut self, now: Millis) {
        let settles = |since| self.world.azure.settles_between(since, now);
        if self.checked.is_none_or(settles) {
            checks::look(&mut self.world, now);
        }
        self.checked = Some(now);
    }

    fn meet(&mut self, region: &str, operation: &str) -> Option<FaultKind> {
        for fault in &mut self.faults {
            let meets = fault.operation.as_deref().is_none_or(|wanted| wanted == operation)
                && fault.region.as_deref().is_none_or(|wanted| wanted == region);
            if !meets || fault.times == 0 {
                continue;
            }
            if fault.skip > 0 {
                fault.skip -= 1;
                continue;
            }
            if fault.times != u32::MAX {
                fault.times -= 1;
            }
            return Some(fault.kind.clone());
        }
        None
    }
}

/// Turns an answer into HTTP; a client waits in its own time, so `Retry-After` is divided by the clock's speed.
fn into_http(response: Response, speed: f64) -> http::Response<Bytes> {
    let mut builder = http::Response::builder().status(response.status);
    for (name, value) in &response.headers {
        let seconds = value.parse::<f64>().ok().filter(|_| name.eq_ignore_ascii_case("retry-after"));
        builder = match seconds {
            Some(seconds) => builder.header(name, (seconds / speed).ceil().to_string()),
            None => builder.header(name, value),
        };
    }
    builder
        .body(response.body)
        .unwrap_or_else(|_| http::Response::new(Bytes::from_static(b"invalid simulated response")))
}
