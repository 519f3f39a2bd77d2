//! `xcloud drift`: observes and compares many estates in one pass. It reads only, and takes no lock.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use clap::Args;
use futures_util::{StreamExt as _, stream};
use sha2::{Digest as _, Sha256};
use tokio::time::Instant;
use xcloud_core::config;
use xcloud_core::drift;
use xcloud_core::model::Desired;
use xcloud_core::plan::{PlanOptions, compare, queries_for_drift};
use xcloud_engine::{CallCounts, Listener, observe};

use crate::clock::now_ms;
use crate::exit::Exit;
use crate::failure::{Failure, Refusal};
use crate::files::{Readers, write_whole};
use crate::input;
use crate::invocation::{Invocation, Runnable};
use crate::notify;
use crate::options::Output;
use crate::render::drift::{Estate, page, value};
use crate::render::{diagnostics, junit, markdown, metrics};
use crate::session::{self, real_runtime};
use crate::settings::OBSERVE_DEADLINE_SECS;
use crate::stop::{stopped, watch_signals};
use crate::wiring::{Access, Reach, Wired};

/// Estates that are read at once: memory grows with them and not with the number of files.
const AT_ONCE: usize = 8;

/// One part of so many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shard {
    /// From 0.
    pub(crate) index: u64,
    /// How many there are.
    pub(crate) count: u64,
}

impl std::str::FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parts = text.split_once('/').and_then(|(index, count)| Some((index.parse().ok()?, count.parse().ok()?)));
        match parts {
            Some((index, count)) if index < count => Ok(Self { index, count }),
            _ => Err("I/N is needed, with I from 0 to N-1: 0/4".to_owned()),
        }
    }
}

/// Report differences between the config and the clouds. Reads only, takes no lock, and fits a schedule.
#[derive(Debug, Clone, Args)]
pub(crate) struct DriftArgs {
    /// The configs of the estates to check; without one, that of `--config`.
    pub(crate) files: Vec<PathBuf>,
    /// Check only part I of N of the files, counted from 0: the same part on every machine.
    #[arg(long, value_name = "I/N")]
    pub(crate) shard: Option<Shard>,
    /// Write a Prometheus text file, for node_exporter's textfile collector.
    #[arg(long, value_name = "FILE")]
    pub(crate) metrics: Option<PathBuf>,
}

impl Runnable for DriftArgs {
    fn forms(&self) -> &'static [Output] {
        &[Output::Text, Output::Json, Output::Markdown, Output::Junit]
    }

    fn run(&self, invocation: &Invocation) -> Result<Exit, Failure> {
        let ui = &invocation.ui;
        let options = PlanOptions { filter: invocation.global.filter(), ..PlanOptions::default() };
        let files = chosen(invocation, self);
        // A filter that selects nothing is a typing error; of many estates each has its own environments.
        if let [only] = files.as_slice()
            && let Ok(text) = std::fs::read_to_string(only)
            && let (Some(desired), _) = config::load("", &text)
        {
            input::check_filter(&desired, &options)?;
        }
        let began = std::time::Instant::now();
        // The day in UTC, as ignore rules name it.
        let today = jiff::Timestamp::now().strftime("%Y-%m-%d").to_string();
        let pass = Pass { invocation, options, today };
        let checked = if invocation.global.sandbox { pass.simulated(&files)? } else { pass.real(&files)? };
        let (estates, calls) = checked.ok_or_else(|| Refusal::unchanged("interrupted:"))?;
        if let Some(path) = &self.metrics {
            let text = metrics::text(&estates, &calls, now_ms() / 1000, began.elapsed().as_secs_f64());
            // Collectors run as others.
            write_whole(path, text.as_bytes(), Readers::All)?;
        }
        match invocation.global.format {
            Output::Text => ui.result(&page(&estates, &calls, ui.out_columns()))?,
            Output::Json => ui.json(&value(&estates, &calls))?,
            Output::Markdown => ui.result(&markdown::drift(&estates))?,
            Output::Junit => ui.result(&junit::report(&estates))?,
        }
        Ok(ending(&estates))
    }
}

/// A config that is wrong goes before differences: what it declares is not watched at all.
fn ending(estates: &[Estate]) -> Exit {
    if estates.iter().any(|estate| estate.outcome.is_err()) {
        Exit::Refused
    } else if estates.iter().all(Estate::in_sync) {
        Exit::Done
    } else {
        Exit::Differences
    }
}

/// The files of this machine's part.
fn chosen(invocation: &Invocation, args: &DriftArgs) -> Vec<PathBuf> {
    let named = if args.files.is_empty() { vec![invocation.global.config.clone()] } else { args.files.clone() };
    let mine = |file: &PathBuf| args.shard.is_none_or(|shard| part_of(file, shard.count) == shard.index);
    named.into_iter().filter(mine).collect()
}

/// The part of a file depends on its name alone: the same on every machine, whatever else is in the list.
fn part_of(file: &Path, count: u64) -> u64 {
    let name = file.file_name().unwrap_or(file.as_os_str());
    let digest = Sha256::digest(name.as_encoded_bytes());
    let head: [u8; 8] = digest.iter().copied().take(8).collect::<Vec<u8>>().try_into().unwrap_or_default();
    u64::from_be_bytes(head) % count.max(1)
}

/// One pass over many estates.
struct Pass<'a> {
    invocation: &'a Invocation,
    options: PlanOptions,
    today: String,
}

type Checked = Option<(Vec<Estate>, CallCounts)>;

impl Pass<'_> {
    /// Reads and checks a config; what is wrong with it is told, and becomes the estate's outcome.
    fn load(&self, path: &Path) -> Result<Desired, Estate> {
        let file = path.display();
        let failed = |why: String| Estate::unchecked(path, "", why);
        let text = std::fs::read_to_string(path).map_err(|error| failed(format!("{file} cannot be read: {error}")))?;
        let (desired, problems) = config::load(&file.to_string(), &text);
        match desired {
            Some(desired) if !problems.has_errors() => Ok(desired),
            _ => {
                self.invocation.ui.diagnostics(&problems, &text);
                Err(failed(format!("{file} is not valid: {}", diagnostics::tally(&problems))))
            }
        }
    }

    /// Estates with the same sign-in and the same limits share clients and pacing.
    fn real(&self, files: &[PathBuf]) -> Result<Checked, Failure> {
        real_runtime()?.block_on(async {
            let stop = watch_signals(&self.invocation.ui).context("signals cannot be watched")?;
            let mut shared: BTreeMap<String, Arc<Wired>> = BTreeMap::new();
            // The desired state itself is read again when its turn comes: of many estates only a few are held.
            let jobs: Vec<_> = files.iter().map(|file| (file, self.wired(file, &mut shared))).collect();
            let each = stream::iter(jobs).map(|(file, wired)| async move {
                let checked = async {
                    let (wired, desired) = (wired?, self.load(file)?);
                    let estate = self.check(file, &desired, &wired).await;
                    self.tell(file, &desired, &estate).await;
                    Ok(estate)
                };
                checked.await.unwrap_or_else(|estate| estate)
            });
            let all = each.buffered(AT_ONCE).collect::<Vec<Estate>>();
            let estates = tokio::select! {
                estates = all => estates,
                () = stopped(stop) => return Ok(None),
            };
            let mut calls = CallCounts::default();
            for wired in shared.values() {
                add(&mut calls, &wired.pacer.calls());
            }
            Ok(Some((estates, calls)))
        })
    }

    fn wired(&self, file: &Path, shared: &mut BTreeMap<String, Arc<Wired>>) -> Result<Arc<Wired>, Estate> {
        let desired = self.load(file)?;
        let key = format!("{:?} {:?}", desired.auth, desired.limits);
        if let Some(wired) = shared.get(&key) {
            return Ok(wired.clone());
        }
        let wired = Reach::real(&self.invocation.settings, &desired)
            .and_then(|reach| Wired::new(reach.sharing(), &desired, Access::Read))
            .map_err(|error| Estate::unchecked(file, &desired.product, format!("{error:#}")))?;
        Ok(shared.entry(key).or_insert(Arc::new(wired)).clone())
    }

    /// Each sandbox has clouds of its own.
    fn simulated(&self, files: &[PathBuf]) -> Result<Checked, Failure> {
        let (mut estates, mut calls) = (Vec::new(), CallCounts::default());
        for file in files {
            estates.push(match self.load(file) {
                Ok(desired) => self.in_sandbox(file, &desired, &mut calls)?,
                Err(estate) => estate,
            });
        }
        Ok(Some((estates, calls)))
    }

    fn in_sandbox(&self, file: &Path, desired: &Desired, calls: &mut CallCounts) -> Result<Estate, Failure> {
        let mut checked = None;
        let ended = session::run(&self.invocation.of(file), desired, Access::Read, async |session| {
            checked = Some(self.check(file, desired, &session.wired).await);
            add(calls, &session.wired.pacer.calls());
            Ok(Exit::Done)
        });
        match (ended, checked) {
            (Err(failure), _) if failure.exit() == Exit::Locked => {
                self.invocation.ui.error(&failure);
                Ok(Estate::unchecked(file, &desired.product, "its sandbox is in use".to_owned()))
            }
            (Err(failure), _) => Err(failure),
            (Ok(_), checked) => {
                let estate = checked.context("invariant: what ended well was checked")?;
                // A clock that jumps would run out of patience with a webhook at once.
                real_runtime()?.block_on(self.tell(file, desired, &estate));
                Ok(estate)
            }
        }
    }

    async fn check(&self, file: &Path, desired: &Desired, wired: &Wired) -> Estate {
        let began = Instant::now();
        let quiet: Listener = Arc::new(|_event| {});
        let Invocation { global, settings, ui, .. } = &self.invocation.of(file);
        let wired = wired.of_product(global, settings, desired).await;
        let observed = observe(&wired.clouds, &queries_for_drift(desired), OBSERVE_DEADLINE_SECS, &quiet).await;
        let comparison = compare(desired, &observed, &self.options);
        let report = drift::report(desired, &observed, &comparison, &self.options.filter, &self.today);
        let file = file.display().to_string();
        if ui.verbose {
            let took = began.elapsed().as_secs_f64();
            ui.remark(&format!("{file}: {} differences in {took:.1} s", report.findings.len()));
        }
        Estate { file, product: desired.product.clone(), outcome: Ok(report) }
    }

    /// Tells whoever wants to know. That nobody could be told is no reason to hide what was found.
    async fn tell(&self, file: &Path, desired: &Desired, estate: &Estate) {
        // A part of an estate would tell of the rest that it is resolved.
        if !self.options.filter.is_everything() || estate.outcome.is_err() {
            return;
        }
        let Invocation { global, settings, ui, .. } = &self.invocation.of(file);
        if let Err(error) = notify::drift(global, settings, desired, estate.findings()).await {
            ui.warn(&format!("{}: notification failed: {error:#}", desired.product));
        }
    }
}

fn add(sum: &mut CallCounts, more: &CallCounts) {
    sum.total += more.total;
    sum.mutating += more.mutating;
    sum.throttled += more.throttled;
    for (operation, count) in &more.by_operation {
        *sum.by_operation.entry(operation.clone()).or_default() += count;
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{Shard, part_of};

    #[test]
    fn a_file_belongs_to_one_part_wherever_it_lies() {
        let files: Vec<String> = (0..200).map(|n| format!("config/estate-{n}.yaml")).collect();
        let mut parts = [0; 4];
        for file in &files {
            let part = part_of(Path::new(file), 4);
            assert_eq!(part, part_of(&Path::new("/elsewhere").join(Path::new(file).file_name().expect("a name")), 4));
            parts[usize::try_from(part).expect("small")] += 1;
        }
        assert!(parts.iter().all(|count| (30..=70).contains(count)), "{parts:?}");
    }

    #[test]
    fn a_shard_is_one_of_so_many() {
        let shard = |text: &str| text.parse::<Shard>().map(|shard| (shard.index, shard.count));
        assert_eq!(shard("3/4"), Ok((3, 4)));
        for wrong in ["4/4", "1", "a/b", "0/0", "-1/2"] {
            assert!(shard(wrong).is_err(), "{wrong}");
        }
    }
}
