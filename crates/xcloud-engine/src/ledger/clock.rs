//! The clock by which a lease ages.

use std::sync::Arc;
use std::time::Duration;

/// A clock that only goes forward, also while the host is suspended.
pub type SteadyClock = Arc<dyn Fn() -> Duration + Send + Sync>;

/// Returns a clock that goes on while the host is suspended: a lease that ran out in that time has run out.
#[cfg(target_os = "linux")]
#[must_use]
pub fn suspension_clock() -> SteadyClock {
    use rustix::time::{ClockId, clock_gettime};
    Arc::new(|| {
        let now = clock_gettime(ClockId::Boottime);
        let secs = u64::try_from(now.tv_sec).unwrap_or_default();
        Duration::from_secs(secs) + Duration::from_nanos(u64::try_from(now.tv_nsec).unwrap_or_default())
    })
}

/// Returns the steadiest clock of the standard library.
#[cfg(not(target_os = "linux"))]
#[must_use]
pub fn suspension_clock() -> SteadyClock {
    let start = std::time::Instant::now();
    Arc::new(move || start.elapsed())
}
