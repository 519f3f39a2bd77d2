//! How large a rule collection group is, as Azure counts it: its properties as JSON.

use serde_json::Value;

use super::part::Group;
use crate::code::{NoteCode, ProblemCode};
use crate::model::Addresses;
use crate::op::FirewallRuleBody;
use crate::plan::draft::Draft;
use crate::plan::shown::short;

/// The most that Azure takes, and the most in policies that were created before July 2022 (facts/azure 3.3).
const MOST: usize = 2_000_000;
const MOST_BEFORE: usize = 1_000_000;

/// A network rule without its values, as Azure answers it.
const EMPTY_RULE: &str = r#"{"ruleType":"NetworkRule","name":"","description":"","ipProtocols":["TCP"],"sourceAddresses":[],
"sourceIpGroups":[],"destinationAddresses":[],"destinationIpGroups":[],"destinationFqdns":[],"destinationPorts":[]},"#;

/// A range of ports, as it is written.
const PORTS: &str = r#""10000-20000","#;

/// Refuses what is larger than Azure takes, and notes what it may refuse.
pub(super) fn check(draft: &mut Draft<'_>, group: &Group<'_>, rules: &[FirewallRuleBody], kept: &[Value]) {
    let bytes = rules.iter().map(rule).sum::<usize>() + kept.iter().map(|value| value.to_string().len()).sum::<usize>();
    let text = || format!("the rule collection group {} would have about {}", group.name, shown(bytes));
    if bytes > MOST {
        let message = format!("{}, Azure takes {}", text(), shown(MOST));
        draft.problem(group.addr, ProblemCode::GroupTooLarge, message, "split its rules among several groups");
    } else if bytes > MOST_BEFORE {
        let message = format!("{}; in a policy created before July 2022 Azure takes {}", text(), shown(MOST_BEFORE));
        draft.note(NoteCode::GroupSize, Some(group.addr), message);
    }
}

fn rule(rule: &FirewallRuleBody) -> usize {
    let texts = rule.name.len() + rule.description.len();
    EMPTY_RULE.len() + texts + addresses(&rule.from) + addresses(&rule.to) + rule.ports.len() * PORTS.len()
}

/// Each address with its quotes and its comma; those that are not known yet are few.
fn addresses(addresses: &Addresses) -> usize {
    let known = match addresses {
        Addresses::Known(known) => known,
        Addresses::Late(late) => &late.kept,
    };
    known.iter().map(|net| short(net).len() + r#""","#.len()).sum()
}

fn shown(bytes: usize) -> String {
    format!("{}.{} MB", bytes / 1_000_000, bytes / 100_000 % 10)
}
