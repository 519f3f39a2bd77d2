//! Frozen bytes: plans, journals and results as files under `tests/frozen`, so that a refactoring that changes none of
//! them has changed no behaviour.
//!
//! ```text
//! estates       both examples: made, found unchanged, removed
//! updates       each kind: its fields changed                      (tests/frozen/wide.yaml)
//! replacements  each kind that is ever replaced                    (tests/frozen/wide.yaml)
//! failures      runs that fail, are unwound, held, left, cut off and resumed
//! switches      failover, failback, close, rollback: results, journals, reports
//! records       records that an earlier version wrote, unblanked; this version reads them and goes on with them
//! golden        what is blanked, how a file is compared; the tests of the command line share it
//! scene         how a run is played and told
//! desk          how an operator works, and what the ledger holds then
//! ```
//!
//! `FREEZE=1 cargo test -p xcloud-tests --test it frozen::` writes every file but those of `records`, which stay for
//! good. The results of the other commands are frozen by `cargo test -p xcloud --test cli frozen::`.

mod desk;
mod estates;
mod failures;
mod golden;
mod records;
mod replacements;
mod scene;
mod switches;
mod updates;
