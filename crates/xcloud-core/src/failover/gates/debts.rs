//! What earlier failovers of the environment owe: a failback comes after that.

use super::{Facts, Gate, GateName, Light};

pub(super) fn gate(facts: &Facts<'_>, env: &str) -> Gate {
    let gate = |light: Light, text: String| Gate::new(GateName::Debts, light, text);
    let past = match facts.past {
        Ok(past) => past,
        Err(why) => return gate(Light::Red, format!("the debts cannot be read: {why}")),
    };
    let open = past.iter().filter(|one| !one.settled).flat_map(|one| &one.note.debts);
    let details: Vec<String> = open.filter(|debt| debt.env == env).map(|debt| debt.what.clone()).collect();
    match details.len() {
        0 => gate(Light::Ok, "none open".to_owned()),
        count => Gate { details, ..gate(Light::Red, format!("{count} open")) }.saying("`xcloud settle` settles them"),
    }
}
