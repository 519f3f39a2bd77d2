//! Durations for people.

/// Returns a duration as people say it: `850ms`, `4.2s`, `3m12s`, `1h04m`.
#[must_use]
pub fn human(milliseconds: u64) -> String {
    let seconds = milliseconds / 1000;
    match seconds {
        0 => format!("{milliseconds}ms"),
        1..=9 => format!("{seconds}.{}s", milliseconds % 1000 / 100),
        10..=59 => format!("{seconds}s"),
        60..=3599 => format!("{}m{:02}s", seconds / 60, seconds % 60),
        _ => format!("{}h{:02}m", seconds / 3600, seconds % 3600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::human;

    #[test]
    fn durations_keep_two_units_at_most() {
        let shown: Vec<String> = [850, 4_250, 59_900, 192_000, 3_840_000].into_iter().map(human).collect();
        assert_eq!(shown, ["850ms", "4.2s", "59s", "3m12s", "1h04m"]);
    }
}
