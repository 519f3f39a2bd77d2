//! A folder in whose sandbox time begins at a fixed moment, and what was typed there.

use serde_json::{Value, json};
use xcloud_sim::{Millis, World};

use super::golden;
use crate::place::{Place, TestResult};

/// 2026-11-22T12:00:00Z, when the sandbox's time begins.
const START: Millis = Millis(1_795_348_800_000);

/// Commands in one folder, one after the other.
pub(super) struct Shell {
    pub(super) place: Place,
    told: Vec<(String, Value)>,
}

impl Shell {
    /// Returns a folder with a copy of an example, and clouds where nothing stands yet. `resources.yaml` is as it was when
    /// the files were frozen: a kind that comes later changes none of them.
    pub(super) fn new(name: &str, example: &str) -> TestResult<Self> {
        let place = Place::with_example(&format!("frozen-{name}"), example)?;
        if example == "resources.yaml" {
            std::fs::copy(golden::root().join("records").join(example), place.path().join("xcloud.yaml"))?;
        }
        let product = if example == "open-api.yaml" { "open-api" } else { "payments-edge" };
        let sandbox = place.path().join(".xcloud/sandbox").join(product);
        std::fs::create_dir_all(&sandbox)?;
        let world = World { now: START, ..World::default() };
        let seeded = json!({ "objects": {}, "vpcs": {}, "given": 0 });
        let stored = json!({ "version": 2, "seeded": seeded, "world": world });
        std::fs::write(sandbox.join("world.json"), stored.to_string())?;
        Ok(Self { place, told: Vec::new() })
    }

    /// Types a command, and keeps its exit code and its result.
    pub(super) fn types(&mut self, name: &str, words: &[&str]) -> TestResult<&Value> {
        let words: Vec<&str> = words.iter().copied().chain(["--format", "json"]).collect();
        let ran = self.place.run(&words)?;
        let result: Value =
            serde_json::from_str(&ran.stdout).map_err(|error| format!("{name}: {error}: {}", ran.stderr))?;
        assert_eq!(ran.stdout, format!("{result:#}\n"), "a result is pretty JSON and nothing else");
        let typed = words.join(" ");
        self.told.push((name.to_owned(), json!({ "typed": typed, "exit": ran.code, "result": result })));
        Ok(&self.told.last().ok_or("it was just told")?.1)
    }

    /// Types a command against the simulated clouds.
    pub(super) fn sandbox(&mut self, name: &str, words: &[&str]) -> TestResult<&Value> {
        let words: Vec<&str> = words.iter().copied().chain(["--sandbox"]).collect();
        self.types(name, &words)
    }

    /// Keeps a file that a command wrote: pretty JSON.
    pub(super) fn wrote(&mut self, name: &str, file: &str) -> TestResult {
        let text = std::fs::read_to_string(self.place.path().join(file))?;
        let value: Value = serde_json::from_str(&text)?;
        assert_eq!(text, serde_json::to_string_pretty(&value)?, "the file is pretty JSON and nothing else");
        self.told.push((name.to_owned(), value));
        Ok(())
    }

    /// Keeps a text.
    pub(super) fn keeps(&mut self, name: &str, value: Value) {
        self.told.push((name.to_owned(), value));
    }

    /// Compares everything with its files.
    pub(super) fn hold(self, folder: &str) {
        golden::hold(&format!("cli/{folder}"), self.told);
    }
}
