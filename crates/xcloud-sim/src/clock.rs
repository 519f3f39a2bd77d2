//! Simulated time: milliseconds since the Unix epoch, driven by tokio's clock (which tests and `--sandbox` pause).

use serde::{Deserialize, Serialize};

/// A moment in simulated time, in milliseconds since the Unix epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Default)]
pub struct Millis(pub i64);

impl Millis {
    /// Returns the moment `seconds` later.
    #[must_use]
    pub fn plus_secs(self, seconds: f64) -> Self {
        #[expect(clippy::cast_possible_truncation, reason = "milliseconds of a simulation fit")]
        let delta = (seconds * 1000.0) as i64;
        Self(self.0 + delta)
    }

    /// Returns the seconds from `earlier` to this moment.
    #[must_use]
    pub fn secs_since(self, earlier: Self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "milliseconds of a simulation fit")]
        let delta = (self.0 - earlier.0) as f64;
        delta / 1000.0
    }
}

/// The simulator's clock: a start and a speed over tokio's clock.
#[derive(Debug, Clone)]
pub struct Clock {
    start: Millis,
    origin: tokio::time::Instant,
    speed: f64,
}

impl Clock {
    /// Starts a clock at `start` that runs `speed` times as fast as tokio's.
    #[must_use]
    pub fn starting_at(start: Millis, speed: f64) -> Self {
        Self { start, origin: tokio::time::Instant::now(), speed }
    }

    /// Returns the current simulated time.
    #[must_use]
    pub fn now(&self) -> Millis {
        self.start.plus_secs(self.origin.elapsed().as_secs_f64() * self.speed)
    }

    /// Waits for `seconds` of simulated time.
    pub async fn sleep(&self, seconds: f64) {
        tokio::time::sleep(std::time::Duration::from_secs_f64(seconds / self.speed)).await;
    }
}
