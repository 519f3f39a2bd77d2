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

    /// Returns the moment in the form `2026-11-22T12:00:00.000Z`.
    #[must_use]
    pub fn iso8601(self) -> String {
        let days = self.0.div_euclid(86_400_000);
        let in_day = self.0.rem_euclid(86_400_000);
        // Days since 0000-03-01, so that a leap day ends its year; 146,097 days are 400 years.
        let shifted = days + 719_468;
        let era = shifted.div_euclid(146_097);
        let in_era = shifted.rem_euclid(146_097);
        let year_of_era = (in_era - in_era / 1460 + in_era / 36_524 - in_era / 146_096) / 365;
        let in_year = in_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let march_month = (5 * in_year + 2) / 153;
        let day = in_year - (153 * march_month + 2) / 5 + 1;
        let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
        let year = year_of_era + era * 400 + i64::from(month <= 2);
        let (hour, minute, second) = (in_day / 3_600_000, in_day / 60_000 % 60, in_day / 1000 % 60);
        format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{:03}Z", in_day % 1000)
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

    /// Returns how many times as fast as tokio's clock this one runs.
    #[must_use]
    pub fn speed(&self) -> f64 {
        self.speed
    }

    /// Waits for `seconds` of simulated time.
    pub async fn sleep(&self, seconds: f64) {
        tokio::time::sleep(std::time::Duration::from_secs_f64(seconds / self.speed)).await;
    }
}

#[cfg(test)]
mod tests {
    use super::Millis;

    #[test]
    fn dates_are_written_in_utc() {
        for (millis, text) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (1_795_348_799_999, "2026-11-22T11:59:59.999Z"),
            (-1, "1969-12-31T23:59:59.999Z"),
        ] {
            assert_eq!(Millis(millis).iso8601(), text);
        }
    }
}
