//! A place where an operator works: clouds, a config, and a ledger that is a folder; and what the ledger holds then.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Map, Value, json};
use tokio::sync::OnceCell;
use xcloud_core::journal::Entry;
use xcloud_core::plan::PlanOptions;
use xcloud_sim::World;
use xcloud_tests::{Operator, Testbed};

use super::scene::entries;
use crate::bed::{OPEN_API, apply, later, load};

/// Clouds, a config and a ledger.
pub(super) struct Desk {
    pub(super) bed: Testbed,
    folder: PathBuf,
    /// Every config that was in force here, as it is stored in journals: it is told by its number.
    configs: Vec<String>,
}

impl Desk {
    /// Returns clouds where nothing stands yet.
    pub(super) fn new(text: &str) -> Self {
        let mut desk = Self { bed: Testbed::new(&load(text)), folder: folder(), configs: Vec::new() };
        desk.config(text);
        desk
    }

    /// Returns clouds where the config stands already; the ledger knows nothing of it.
    pub(super) async fn made(text: &str) -> Self {
        let desk = Self::new(text);
        apply(&desk.bed, &load(text), &PlanOptions::default()).await;
        later(&desk.bed).await;
        desk
    }

    /// Returns clouds where the story stands already, which is made once for all who ask.
    pub(super) async fn story() -> Self {
        static STORY: OnceCell<World> = OnceCell::const_new();
        let stood = STORY.get_or_init(async || Self::made(OPEN_API).await.bed.cloud().world()).await;
        let desk = Self::new(OPEN_API);
        stand(&desk.bed, stood.clone()).await;
        desk
    }

    /// Returns a copy of the clouds, with a ledger of its own that holds nothing.
    pub(super) fn fork(&self) -> Self {
        let (bed, folder) = (self.bed.fork(), folder());
        std::fs::copy(self.folder.join("xcloud.yaml"), folder.join("xcloud.yaml")).expect("a copy");
        Self { bed, folder, configs: self.configs.clone() }
    }

    /// Puts another config in the place of the last one.
    pub(super) fn config(&mut self, text: &str) {
        let desired = load(text);
        self.bed.seed(&desired);
        std::fs::write(self.folder.join("xcloud.yaml"), text).expect("a config");
        self.configs.push(json!(desired).to_string());
    }

    /// Returns the folder of the ledger.
    pub(super) fn ledger(&self) -> PathBuf {
        self.folder.join("ledger")
    }

    /// Returns a new operator, as a new process has it.
    pub(super) fn operator(&self) -> Operator {
        self.bed.operator(&self.folder.join("xcloud.yaml"), &self.ledger())
    }

    /// Tells the ledger: every journal, every report beside one, and what it notes of failovers.
    pub(super) fn told(&self) -> Value {
        let mut runs = Vec::new();
        for run in listed(&self.ledger().join("runs")) {
            let mut told = Map::new();
            told.insert("journal".to_owned(), self.journal(&run).into());
            for report in ["report.json", "report.left.json"] {
                if let Ok(text) = std::fs::read_to_string(run.join(report)) {
                    told.insert(report.to_owned(), serde_json::from_str(&text).expect("JSON"));
                }
            }
            runs.push(Value::Object(told));
        }
        let notes: Vec<Value> = listed(&self.ledger().join("failovers")).iter().map(|path| object(path)).collect();
        json!({ "runs": runs, "failovers": notes })
    }

    fn journal(&self, run: &Path) -> Vec<Value> {
        let mut journal = entries(&read(run));
        let desired = journal[0].pointer_mut("/event/began/desired").expect("a run begins");
        let text = desired.to_string();
        if let Some(at) = self.configs.iter().position(|config| *config == text) {
            *desired = format!("config {}", at + 1).into();
        }
        journal
    }
}

/// Makes the clouds as they stood, at that time.
pub(super) async fn stand(bed: &Testbed, stood: World) {
    let clock = bed.cloud().clock();
    clock.sleep(stood.now.secs_since(clock.now())).await;
    bed.cloud().change(|world, _now| *world = stood);
}

impl Drop for Desk {
    fn drop(&mut self) {
        let _gone_already = std::fs::remove_dir_all(&self.folder);
    }
}

/// Reads the journal of a run from the ledger's files.
pub(super) fn read(run: &Path) -> Vec<Entry> {
    let objects = listed(run).into_iter().filter(|path| {
        path.file_name()
            .and_then(|name| name.to_str())
            .is_some_and(|name| name.starts_with(|one: char| one.is_ascii_digit()))
    });
    let batches = objects.map(|path| serde_json::from_value::<Vec<Entry>>(object(&path)["entries"].take()));
    batches.flat_map(|batch| batch.expect("entries")).collect()
}

fn object(path: &Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(path).expect("an object")).expect("JSON")
}

/// Returns what is in a folder, by name; nothing if there is no such folder.
pub(super) fn listed(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok).map(|entry| entry.path()).collect();
    paths.sort();
    paths
}

/// Returns the result of a command: the JSON behind what was said.
pub(super) fn result(heard: &str) -> Value {
    let at = if heard.starts_with("{\n") { Some(0) } else { heard.rfind("\n{\n").map(|at| at + 1) };
    let text = at.map(|at| &heard[at..]).unwrap_or_else(|| panic!("there is no result: {heard}"));
    let value: Value = serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"));
    assert_eq!(text, format!("{value:#}\n"), "a result is pretty JSON and nothing else");
    value
}

fn folder() -> PathBuf {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let folder = std::env::temp_dir().join(format!("xcloud-frozen-{}-{count}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    folder
}
