//! No text makes the config loader panic, and what loads is printed and loads again as the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use xcloud_core::config;

fuzz_target!(|text: &str| {
    let (desired, problems) = config::load("fuzz.yaml", text);
    assert_eq!(desired.is_none(), problems.has_errors());
    if let Some(desired) = desired {
        let (again, problems) = config::load("expanded.yaml", &config::expand(&desired));
        assert!(again.is_some(), "what expand printed is refused: {problems:?}");
    }
});
