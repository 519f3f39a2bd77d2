//! The simulated clouds on disk: loaded and locked before a command, saved whole after it.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde::{Deserialize, Serialize};
use xcloud_core::model::Desired;
use xcloud_sim::{Cloud, Millis, World};

use super::seed::{self, Seeded};
use crate::clock::now_ms;
use crate::failure::{Failure, Refusal};
use crate::files::{Readers, write_whole};
use crate::input;
use crate::ui::Ui;

/// The version of the stored form. 2: rule collection groups have bare entity tags, as Azure has them.
const VERSION: u32 = 2;

#[derive(Serialize, Deserialize)]
struct Stored {
    version: u32,
    seeded: Seeded,
    world: World,
}

/// The simulated clouds of one product.
#[derive(Debug)]
pub(crate) struct Sandbox {
    cloud: Cloud,
    seeded: Seeded,
    gaps: Vec<String>,
    file: PathBuf,
    /// Held until the command ends: two commands would save over each other.
    _lock: File,
}

impl Sandbox {
    /// Opens the sandbox beside the config and adds what the config expects to find.
    ///
    /// # Errors
    /// If another command works in it, its state cannot be read, or was written by a program that means something else
    /// by it.
    pub(crate) fn open(config: &Path, desired: &Desired, speed: f64) -> Result<Self, Failure> {
        let dir = input::state_dir(config).join("sandbox").join(&desired.product);
        std::fs::create_dir_all(&dir).with_context(|| format!("{} cannot be created", dir.display()))?;
        let lock = lock(&dir.join("lock"))?;
        let file = dir.join("world.json");
        let (mut world, mut seeded) = load(&file)?;
        let gaps = seed::add(&mut world, &mut seeded, desired);
        let cloud = Cloud::start(world, speed);
        Ok(Self { cloud, seeded, gaps, file, _lock: lock })
    }

    /// Returns the simulated clouds.
    pub(crate) fn cloud(&self) -> &Cloud {
        &self.cloud
    }

    /// Tells what the config expects to find and the sandbox cannot play.
    pub(crate) fn tell_gaps(&self, ui: &Ui) {
        for gap in &self.gaps {
            ui.warn(&format!("the sandbox lacks something that the config expects to find: {gap}"));
        }
    }

    /// Saves the clouds as they are now.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub(crate) fn save(&self) -> anyhow::Result<()> {
        let stored = Stored { version: VERSION, seeded: self.seeded.clone(), world: self.cloud.world() };
        let text = serde_json::to_vec(&stored).context("the simulated clouds cannot be written as JSON")?;
        write_whole(&self.file, &text, Readers::Owner)
    }
}

/// Simulated seconds between two commands: an operator reads and types, and what was just made becomes visible.
const BETWEEN_COMMANDS_SECS: f64 = 30.0;

fn lock(path: &Path) -> Result<File, Failure> {
    let file = OpenOptions::new().create(true).truncate(false).write(true).open(path);
    let file = file.with_context(|| format!("{} cannot be opened", path.display()))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Refusal::new("another command works in this sandbox")
            .locked()
            .hint("while `xcloud sandbox serve` runs, set the variables that it printed and leave `--sandbox` out")
            .into()),
        Err(TryLockError::Error(error)) => {
            Err(anyhow::Error::new(error).context("the sandbox cannot be locked").into())
        }
    }
}

fn load(file: &Path) -> anyhow::Result<(World, Seeded)> {
    let text = match std::fs::read(file) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok((new_world(), Seeded::default())),
        Err(error) => return Err(error).with_context(|| format!("{} cannot be read", file.display())),
    };
    let advice = || format!("{} is no sandbox of this program: delete it to start with new clouds", file.display());
    let stored: Stored = serde_json::from_slice(&text).with_context(advice)?;
    anyhow::ensure!(stored.version == VERSION, advice());
    let mut world = stored.world;
    world.now = world.now.plus_secs(BETWEEN_COMMANDS_SECS);
    Ok((world, stored.seeded))
}

/// Empty clouds, whose time begins now.
fn new_world() -> World {
    World { now: Millis(i64::try_from(now_ms()).unwrap_or_default()), ..World::default() }
}
