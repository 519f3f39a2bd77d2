//! A saved plan: what was decided, and from what, so that it is applied exactly or refused with the reason.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Context as _;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use xcloud_core::model::Desired;
use xcloud_core::plan::{Plan, PlanOptions};

use crate::clock::now_ms;
use crate::files::{Readers, write_whole};

/// What the file calls itself.
const FORMAT: &str = "xcloud-plan/1";

/// A plan with everything that it was made from.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SavedPlan {
    format: String,
    /// The program that wrote it.
    pub(crate) version: String,
    /// When, in seconds since 1970.
    pub(crate) created: u64,
    /// The config file as it was named then.
    pub(crate) config: String,
    /// The SHA-256 of its text.
    pub(crate) config_sha256: String,
    /// What was desired.
    pub(crate) desired: Desired,
    /// How the plan was made.
    pub(crate) options: PlanOptions,
    /// The plan.
    pub(crate) plan: Plan,
}

impl SavedPlan {
    /// Puts a plan together with what it was made from.
    pub(crate) fn new(config: &str, config_sha256: String, desired: Desired, options: PlanOptions, plan: Plan) -> Self {
        Self {
            format: FORMAT.to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            created: now_ms() / 1000,
            config: config.to_owned(),
            config_sha256,
            desired,
            options,
            plan,
        }
    }

    /// Writes the plan, readable by its owner only, in one piece: a half-written plan is never found.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub(crate) fn write(&self, path: &Path) -> anyhow::Result<()> {
        let text = serde_json::to_string_pretty(self).context("the plan cannot be written as JSON")?;
        write_whole(path, text.as_bytes(), Readers::Owner)
    }

    /// Reads a plan.
    ///
    /// # Errors
    /// If the file is none, or was written by a program that means something else by it.
    pub(crate) fn read(path: &Path) -> anyhow::Result<Self> {
        let text = std::fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))?;
        let value: Value =
            serde_json::from_str(&text).with_context(|| format!("{} is not a saved plan", path.display()))?;
        let format = value.get("format").and_then(Value::as_str).unwrap_or("nothing known");
        anyhow::ensure!(format == FORMAT, "{} is {format}, this program reads {FORMAT}", path.display());
        serde_json::from_value(value).with_context(|| format!("{} is not a saved plan", path.display()))
    }
}

/// Something that a plan depends on and that is no longer as it was.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Moved {
    /// What: the planner's name for it.
    what: String,
    how: How,
}

/// In which way something is not as it was.
#[derive(Debug, Clone, PartialEq)]
enum How {
    /// A plan of now has nothing to do with it.
    Settled,
    /// It did not exist.
    Appeared,
    /// It does not exist any more.
    Gone,
    /// It was written since, and has the same content.
    Rewritten,
    /// Fields differ: name, then, now.
    Fields(Vec<(String, Value, Value)>),
}

impl Moved {
    /// Returns it for people.
    pub(crate) fn lines(&self) -> Vec<String> {
        let how = match &self.how {
            How::Settled => vec!["a new plan would not change it: it is as declared by now, or gone".to_owned()],
            How::Appeared => vec!["it did not exist when the plan was made, and exists now".to_owned()],
            How::Gone => vec!["it existed when the plan was made, and does not exist any more".to_owned()],
            How::Rewritten => vec!["it was written since; its content is the same".to_owned()],
            How::Fields(fields) => {
                fields.iter().map(|(field, then, now)| format!("{field}: {then} -> {now}")).collect()
            }
        };
        std::iter::once(self.what.clone()).chain(how.into_iter().map(|line| format!("  {line}"))).collect()
    }
}

/// What a write changes whatever it writes: told where nothing else is.
const ETAG: &str = "etag";

/// Returns what a plan depends on that is not the same now. What the plan does not depend on may change freely.
pub(crate) fn moved(then: &BTreeMap<String, Value>, now: &BTreeMap<String, Value>) -> Vec<Moved> {
    let differing = then.iter().filter(|(key, value)| now.get(*key) != Some(value));
    differing.map(|(key, value)| Moved { what: key.clone(), how: how(value, now.get(key)) }).collect()
}

fn how(then: &Value, now: Option<&Value>) -> How {
    let Some(now) = now else { return How::Settled };
    match (then, now) {
        (Value::Null, _) => How::Appeared,
        (_, Value::Null) => How::Gone,
        (then, now) => {
            let mut fields = Vec::new();
            differences("", then, now, &mut fields);
            fields.retain(|(field, _, _)| field.rsplit('.').next() != Some(ETAG));
            if fields.is_empty() { How::Rewritten } else { How::Fields(fields) }
        }
    }
}

fn differences(path: &str, then: &Value, now: &Value, found: &mut Vec<(String, Value, Value)>) {
    match (then, now) {
        (Value::Object(old), Value::Object(new)) => {
            let mut keys: Vec<&String> = old.keys().chain(new.keys()).collect();
            keys.sort();
            keys.dedup();
            for key in keys {
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                let side = |map: &serde_json::Map<String, Value>| map.get(key).cloned().unwrap_or(Value::Null);
                differences(&path, &side(old), &side(new), found);
            }
        }
        (old, new) if old != new => {
            let path = if path.is_empty() { "value" } else { path };
            found.push((path.to_owned(), old.clone(), new.clone()));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::{Value, json};

    use super::{Moved, SavedPlan, moved};

    fn map(value: Value) -> BTreeMap<String, Value> {
        serde_json::from_value(value).expect("the test's value is an object")
    }

    #[test]
    fn only_what_the_plan_depends_on_counts() {
        let then = map(json!({"sg-1": {"name": "a", "rules": [1]}, "nsg": null}));
        assert_eq!(moved(&then, &map(json!({"sg-1": {"name": "a", "rules": [1]}, "nsg": null, "new": 1}))), []);
        let found = moved(&then, &map(json!({"sg-1": {"name": "a", "rules": [1, 2]}, "nsg": null})));
        let lines: Vec<String> = found.iter().flat_map(Moved::lines).collect();
        assert_eq!(lines, ["sg-1", "  rules: [1] -> [1,2]"]);
    }

    #[test]
    fn what_came_went_or_was_written_again_is_said_in_words() {
        let then = map(json!({"nsg": null, "x": {"a": 1}, "y": {"a": 1, "etag": "1"}, "z": {"a": 1, "etag": "1"}}));
        let now = map(json!({"nsg": {"a": 1}, "x": null, "y": {"a": 1, "etag": "2"}, "z": {"a": 2, "etag": "2"}}));
        let lines: Vec<String> = moved(&then, &now).iter().flat_map(Moved::lines).collect();
        assert_eq!(
            lines,
            [
                "nsg",
                "  it did not exist when the plan was made, and exists now",
                "x",
                "  it existed when the plan was made, and does not exist any more",
                "y",
                "  it was written since; its content is the same",
                "z",
                "  a: 1 -> 2",
            ]
        );
    }

    #[test]
    fn what_no_plan_of_now_changes_has_moved_even_if_it_was_null() {
        let found = moved(&map(json!({"nsg": null, "x": {"a": 1}})), &BTreeMap::new());
        let lines: Vec<String> = found.iter().flat_map(Moved::lines).collect();
        let settled = "  a new plan would not change it: it is as declared by now, or gone";
        assert_eq!(lines, ["nsg", settled, "x", settled]);
    }

    #[test]
    fn a_file_of_another_format_is_refused() {
        let dir = std::env::temp_dir().join(format!("xcloud-saved-{}", std::process::id()));
        std::fs::create_dir_all(&dir).expect("the directory can be made");
        let file = dir.join("plan.json");
        std::fs::write(&file, r#"{"format": "xcloud-plan/9"}"#).expect("the file can be written");
        let error = SavedPlan::read(&file).expect_err("another format").to_string();
        assert!(error.contains("xcloud-plan/9") && error.contains("xcloud-plan/1"), "{error}");
        std::fs::remove_dir_all(&dir).expect("the directory can be removed");
    }
}
