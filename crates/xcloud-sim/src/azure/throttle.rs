//! The published request limits.
//!
//! Resource Manager gives each subscription token buckets (reads 250 + 25/s, writes 200 + 10/s, deletes 200 + 10/s:
//! "Understand how Azure Resource Manager throttles requests"); behind it the network provider counts in windows of
//! five minutes (10,000 reads, 1,000 writes and deletes), and private DNS allows 500 GETs in five minutes.

use serde::{Deserialize, Serialize};

use super::reply::ArmError;
use crate::Millis;

/// What is left of one subscription's request limits.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Throttle {
    reads: Bucket,
    writes: Bucket,
    deletes: Bucket,
    network_reads: Window,
    network_writes: Window,
    dns_reads: Window,
}

/// A token bucket; a token is a thousand parts, so that nothing is lost to rounding.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Bucket {
    spent: i64,
    at: Millis,
}

/// A count that starts again every five minutes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Window {
    started: Millis,
    count: i64,
}

const WINDOW_MS: i64 = 300_000;

/// Size and refill (tokens each second) of Resource Manager's buckets, with the word of their header.
struct Limit {
    size: i64,
    refill: i64,
    word: &'static str,
}

const READS: Limit = Limit { size: 250, refill: 25, word: "reads" };
const WRITES: Limit = Limit { size: 200, refill: 10, word: "writes" };
const DELETES: Limit = Limit { size: 200, refill: 10, word: "deletes" };

impl Throttle {
    /// Counts one request and returns the header with what remains.
    ///
    /// # Errors
    /// 429 `TooManyRequests` with `Retry-After` if a limit is reached.
    pub(super) fn count(
        &mut self,
        now: Millis,
        method: &http::Method,
        dns: bool,
    ) -> Result<(String, String), ArmError> {
        let (bucket, limit) = match *method {
            http::Method::GET | http::Method::HEAD => (&mut self.reads, READS),
            http::Method::DELETE => (&mut self.deletes, DELETES),
            _ => (&mut self.writes, WRITES),
        };
        let remaining = bucket.take(now, &limit).map_err(|seconds| too_many(limit.word, seconds))?;
        let read = matches!(*method, http::Method::GET | http::Method::HEAD);
        let (window, size) = match (dns, read) {
            (true, true) => (&mut self.dns_reads, 500),
            (false, true) => (&mut self.network_reads, 10_000),
            (_, false) => (&mut self.network_writes, 1_000),
        };
        window.take(now, size).map_err(|seconds| too_many(limit.word, seconds))?;
        Ok((format!("x-ms-ratelimit-remaining-subscription-{}", limit.word), remaining.to_string()))
    }
}

impl Bucket {
    /// Takes a token; returns how many whole ones are left, or the seconds until one is there.
    fn take(&mut self, now: Millis, limit: &Limit) -> Result<i64, i64> {
        let refilled = (now.0 - self.at.0).max(0).saturating_mul(limit.refill);
        self.spent = self.spent.saturating_sub(refilled).max(0);
        self.at = now;
        let after = self.spent + 1000;
        if after > limit.size * 1000 {
            let missing = after - limit.size * 1000;
            return Err(ceiling(missing, limit.refill * 1000));
        }
        self.spent = after;
        Ok((limit.size * 1000 - after) / 1000)
    }
}

impl Window {
    fn take(&mut self, now: Millis, size: i64) -> Result<(), i64> {
        if now.0 - self.started.0 >= WINDOW_MS {
            *self = Self { started: now, count: 0 };
        }
        if self.count >= size {
            return Err(ceiling(self.started.0 + WINDOW_MS - now.0, 1000));
        }
        self.count += 1;
        Ok(())
    }
}

fn ceiling(amount: i64, unit: i64) -> i64 {
    ((amount + unit - 1) / unit).max(1)
}

fn too_many(word: &str, seconds: i64) -> ArmError {
    let message =
        format!("Number of {word} for the subscription exceeded the limit. Please try again after {seconds} seconds.");
    ArmError::new(429, "TooManyRequests", message)
        .header("retry-after", seconds.to_string())
        .header(&format!("x-ms-ratelimit-remaining-subscription-{word}"), "0")
}
