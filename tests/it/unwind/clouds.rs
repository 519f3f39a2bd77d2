//! How the clouds are where they are not known to be in one way, and who governs them: drawn for a random run.

use rand::Rng as _;
use rand::rngs::StdRng;
use xcloud_sim::azure::{AddedTag, IfMatch, Lock, RequiredTag};
use xcloud_tests::Testbed;

/// What the clouds are like in one run.
#[derive(Debug)]
pub(super) struct Clouds {
    if_match: IfMatch,
    null_for_unchanged: bool,
    connection_lag: u32,
    /// The resource group of this resource, of those that there are, is locked; also for changes if true.
    lock: Option<(usize, bool)>,
    tag_required: bool,
    tag_added: bool,
    balancing_lag: bool,
    deletes_slowly: bool,
}

impl Clouds {
    /// Draws it. Half of the runs have nobody who governs.
    pub(super) fn draw(dice: &mut StdRng) -> Self {
        let if_match = [IfMatch::Ignored, IfMatch::Exact, IfMatch::SyntaxChecked][dice.random_range(0..3)];
        let lags = [0, 0, 5, 45];
        let lock = (dice.random_range(0..100), dice.random_bool(0.5));
        Self {
            if_match,
            null_for_unchanged: dice.random_bool(0.5),
            connection_lag: lags[dice.random_range(0..lags.len())],
            lock: dice.random_bool(0.25).then_some(lock),
            tag_required: dice.random_bool(0.15),
            tag_added: dice.random_bool(0.5),
            balancing_lag: dice.random_bool(0.5),
            deletes_slowly: dice.random_bool(0.25),
        }
    }

    /// Makes them be so, for good.
    pub(super) fn be(&self, bed: &Testbed) {
        bed.cloud().change(|world, _| {
            world.azure.firewall_if_match = self.if_match;
            world.azure.null_for_unchanged = self.null_for_unchanged;
            world.azure.durations.connection_lag = f64::from(self.connection_lag);
            world.aws.balancing_lag = self.balancing_lag;
            world.aws.deletes_slowly = self.deletes_slowly;
            if self.tag_added {
                world.azure.added_tags.push(AddedTag { tag: "Tier".to_owned(), value: "by policy".to_owned() });
            }
        });
    }

    /// Lets locks and policies appear, between a plan and its run.
    pub(super) fn govern(&self, bed: &Testbed) {
        bed.cloud().change(|world, _| {
            let groups: Vec<String> = world.azure.resources.values().filter_map(|one| group_of(&one.id)).collect();
            if let Some((choice, read_only)) = self.lock
                && !groups.is_empty()
            {
                world.azure.locks.push(Lock { scope: groups[choice % groups.len()].clone(), read_only });
            }
            if self.tag_required {
                let (tag, assignment) = ("CostCenter".to_owned(), "require-tag".to_owned());
                world.aws.required_tag.clone_from(&tag);
                world.azure.required_tags.push(RequiredTag { tag, assignment });
            }
        });
    }
}

/// Ends all faults, and lifts what governs.
pub(super) fn calm(bed: &Testbed) {
    bed.cloud().set_faults(Vec::new());
    bed.cloud().change(|world, _| {
        world.azure.locks.clear();
        world.azure.required_tags.clear();
        world.aws.required_tag.clear();
    });
}

fn group_of(id: &str) -> Option<String> {
    let parts: Vec<&str> = id.split('/').take(5).collect();
    (parts.len() == 5).then(|| parts.join("/"))
}
