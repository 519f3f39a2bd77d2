//! The gates that only the command can judge: the record, the ledger, the time, and what an earlier failover owes.

use std::collections::BTreeMap;

use xcloud_core::active::Standing;
use xcloud_core::failover::gates::{Gate, Light, NAMES};
use xcloud_core::failover::{least_secs, missing_calls};
use xcloud_core::model::{Desired, PlaceKey};
use xcloud_engine::ledger::{FailoverNote, RunKey};

use crate::render::duration::human as duration;

/// The gates of this file, in the order in which they are shown.
pub(crate) const OWN: [&str; 5] = ["record", "ledger", "rto", "debts", "stable"];

/// Returns every gate that can be passed by `--override`. No override passes the record.
pub(crate) fn names() -> Vec<&'static str> {
    NAMES.iter().chain(&OWN).copied().filter(|name| *name != "record").collect()
}

fn gate(name: &'static str, light: Light, text: String, details: Vec<String>) -> Gate {
    Gate { name, light, text, details }
}

/// Judges how the environment stands.
///
/// `lone` is the URL of a ledger that holds the record and that other machines do not see.
pub(crate) fn record(env: &str, reading: Result<&Standing, &str>, to: &str, lone: Option<&str>) -> Gate {
    match reading {
        Ok(_) if lone.is_some() => {
            let text = format!("{} holds the record and is on this machine alone", lone.unwrap_or_default());
            let hint =
                "declare `private_dns_zone` under `azure`, or a `ledger:` that every machine sees (s3://, az://)";
            gate("record", Light::Red, text, vec![hint.to_owned()])
        }
        Err(why) => gate("record", Light::Red, format!("the active region of {env} is not known: {why}"), Vec::new()),
        Ok(standing) => {
            let record = &standing.record;
            match &record.to {
                Some(under_way) => {
                    let text = format!("a failover to {under_way} is under way (epoch {})", record.epoch);
                    gate("record", Light::Red, text, vec!["`xcloud resume` finishes it".to_owned()])
                }
                None => {
                    let text = format!("active {} (epoch {}), standby {to}", record.region, record.epoch);
                    gate("record", Light::Ok, text, Vec::new())
                }
            }
        }
    }
}

/// Returns the URL of the ledger if it holds the active-region records and other machines do not see it. The sandbox
/// has only its own.
pub(crate) fn lone<'u>(desired: &Desired, url: &'u str, sandbox: bool) -> Option<&'u str> {
    let holds = desired.record_home().is_some_and(|home| home.zone.is_none());
    Some(url).filter(|url| holds && !sandbox && url.starts_with("file:"))
}

/// Judges where the ledger lives: it must outlive the region that is left. The sandbox has only its own.
pub(crate) fn ledger(url: &str, desired: &Desired, sandbox: bool) -> Gate {
    let regions = [Some(&desired.regions.primary), desired.regions.dr.as_ref()];
    let inside = regions.into_iter().flatten().find(|region| url.contains(region.as_str()));
    let (light, text) = match (sandbox, url, inside) {
        (true, ..) => (Light::Ok, "in the sandbox, not judged".to_owned()),
        (_, url, _) if url.starts_with("file:") => (Light::Red, format!("{url} is on this machine alone")),
        (_, url, Some(region)) => (Light::Red, format!("{url} is in {region}, a region of the product")),
        (_, url, None) if url.starts_with("s3:") && !url.contains("region=") => {
            (Light::Warn, format!("{url} does not say its region"))
        }
        (_, url, None) => (Light::Ok, url.to_owned()),
    };
    let details = match light {
        Light::Ok => Vec::new(),
        Light::Warn | Light::Red => {
            vec!["keep it in a third region or in Azure: `ledger: az://account/container`".to_owned()]
        }
    };
    gate("ledger", light, text, details)
}

/// Judges the recovery time that the limits of the interfaces allow for what a failover would still have to create.
pub(crate) fn rto(desired: &Desired, creates: &[(PlaceKey, &'static str)], env: &str, to: &str) -> Gate {
    let Some(rto) = desired.failover.as_ref().map(|policy| policy.rto_secs) else {
        return gate("rto", Light::Ok, "no recovery time is declared".to_owned(), Vec::new());
    };
    let floor = least_secs(creates, &desired.limits);
    let all = least_secs(&missing_calls(desired, env, to), &desired.limits);
    let objective = duration(rto * 1000);
    let text = if creates.is_empty() {
        format!("nothing is to be created; objective {objective}")
    } else {
        format!("{} calls to create what is missing, at least {floor} s; objective {objective}", creates.len())
    };
    let details = vec![format!("if nothing of {to} stood: at least {all} s")];
    let light = if floor > rto { Light::Red } else { Light::Ok };
    gate("rto", light, text, details)
}

/// What the ledger keeps of failovers, or why it cannot be read.
pub(crate) type Kept = Result<Vec<(RunKey, FailoverNote, bool)>, String>;

/// Returns when one of these environments was last committed to another region, in milliseconds since 1970.
pub(crate) fn last_commit(failovers: &Kept, is_one: impl Fn(&str) -> bool) -> Option<u64> {
    let of = failovers.iter().flatten().filter(|(_, note, _)| note.epochs.keys().any(|env| is_one(env)));
    of.filter_map(|(_, note, _)| note.at_ms).max()
}

/// Judges what earlier failovers of the environment owe: a failback comes after that.
pub(crate) fn debts(failovers: &Kept, env: &str) -> Gate {
    let failovers = match failovers {
        Ok(failovers) => failovers,
        Err(why) => return gate("debts", Light::Red, format!("what is owed cannot be read: {why}"), Vec::new()),
    };
    let open = failovers.iter().filter(|(_, _, settled)| !settled).flat_map(|(_, note, _)| &note.debts);
    let open: Vec<String> = open.filter(|debt| debt.env == env).map(|debt| debt.what.clone()).collect();
    match open.len() {
        0 => gate("debts", Light::Ok, "none open".to_owned(), Vec::new()),
        count => {
            let details = open.into_iter().chain(["`xcloud settle` looks after them".to_owned()]).collect();
            gate("debts", Light::Red, format!("{count} open"), details)
        }
    }
}

/// Judges how long the environment has stood since its last failover. The sandbox's clock jumps: there it is not judged.
pub(crate) fn stable(failovers: &Kept, env: &str, desired: &Desired, now_ms: u64, sandbox: bool) -> Gate {
    let wanted = desired.failover.as_ref().map_or(0, |policy| policy.close_after_secs);
    let stood = last_commit(failovers, |one| one == env).map(|at| now_ms.saturating_sub(at) / 1000);
    match (sandbox, stood) {
        (true, _) => gate("stable", Light::Ok, "in the sandbox, not judged".to_owned(), Vec::new()),
        (false, None) => gate("stable", Light::Warn, "the ledger knows no failover".to_owned(), Vec::new()),
        (false, Some(stood)) if stood < wanted => {
            let text = format!("stood for {} of {}", duration(stood * 1000), duration(wanted * 1000));
            gate("stable", Light::Red, text, vec!["wait, or pass it with a reason".to_owned()])
        }
        (false, Some(stood)) => gate("stable", Light::Ok, format!("stood for {}", duration(stood * 1000)), Vec::new()),
    }
}

/// Returns the gates that are red and not passed, as `env gate`.
pub(crate) fn red(gates: &BTreeMap<String, Vec<Gate>>, passed: &[String]) -> Vec<(String, Gate)> {
    let all = gates.iter().flat_map(|(env, gates)| gates.iter().map(move |gate| (env.clone(), gate.clone())));
    all.filter(|(_, gate)| gate.light == Light::Red && !passed.iter().any(|name| name == gate.name)).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use xcloud_core::journal::Verb;

    use xcloud_engine::ledger::Debt;

    use super::*;

    fn kept(epoch: u64, at_ms: Option<u64>, debts: Vec<Debt>) -> (RunKey, FailoverNote, bool) {
        let epochs = BTreeMap::from([("prod".to_owned(), epoch)]);
        let note = FailoverNote { command: Verb::Failover, epochs, at_ms, debts };
        (RunKey { epoch, run: format!("run-{epoch}") }, note, false)
    }

    #[test]
    fn a_failover_that_was_turned_back_does_not_restart_the_clock() {
        let failovers: Kept = Ok(vec![kept(1, Some(1_000), Vec::new()), kept(2, None, Vec::new())]);
        assert_eq!(last_commit(&failovers, |env| env == "prod"), Some(1_000));
        assert_eq!(last_commit(&failovers, |env| env == "int"), None);
    }

    #[test]
    fn what_is_owed_is_red_also_where_it_cannot_be_read() {
        let owed = Debt {
            env: "prod".to_owned(),
            account: "200000000003".to_owned(),
            region: "eu-north-1".to_owned(),
            what: "it was not read".to_owned(),
        };
        let failovers: Kept = Ok(vec![kept(1, Some(1_000), vec![owed])]);
        assert_eq!(debts(&failovers, "prod").light, Light::Red);
        assert_eq!(debts(&failovers, "int").light, Light::Ok);
        assert_eq!(debts(&Err("no answer".to_owned()), "prod").light, Light::Red);
        assert_eq!(last_commit(&Err("no answer".to_owned()), |_| true), None);
    }
}
