//! What is judged by more than what stands: the record, the ledger, the time, and what an earlier failover owes.

use std::collections::BTreeMap;

use super::fixture::TO;
use super::live;
use crate::active::{ActiveRecord, Reading};
use crate::failover::gates::{Facts, Gate, GateName, Light};
use crate::failover::{Debt, Note, Past, When, last_commit};
use crate::journal::Verb;
use crate::model::Desired;
use crate::plan::PlanOptions;
use crate::tests::open_api;

const HOUR_MS: u64 = 3_600_000;
const SILENT: &str = "the zone does not answer";

fn past(epoch: u64, at_ms: Option<u64>, debts: Vec<Debt>) -> Past {
    let note = Note { command: Verb::Failover, epochs: BTreeMap::from([("prod".to_owned(), epoch)]), at_ms, debts };
    Past { note, settled: false }
}

fn owed() -> Debt {
    let [env, account, region, what] = ["prod", "200000000003", "eu-north-1", "it was not read"].map(str::to_owned);
    Debt { env, account, region, what }
}

/// The gates with these facts, of an estate that stands.
struct Judging {
    desired: Desired,
    ledger: Result<&'static str, String>,
    past: Result<Vec<Past>, String>,
    sandbox: bool,
}

impl Judging {
    fn new() -> Self {
        Self { desired: open_api(), ledger: Ok("az://account/container"), past: Ok(Vec::new()), sandbox: false }
    }

    fn gates(&self, record: &str, when: When) -> Vec<Gate> {
        let observed = live::observed(&open_api());
        let record = record.parse::<ActiveRecord>().map_err(|_| SILENT.to_owned());
        let reading: Reading = record.map(|record| crate::active::Standing { record, live: None });
        let (options, ledger) = (PlanOptions::default(), self.ledger.clone());
        let (desired, past, sandbox) = (&self.desired, &self.past, self.sandbox);
        let facts =
            Facts { desired, observed: &observed, options: &options, ledger, past, now_ms: 30 * HOUR_MS, sandbox };
        facts.judge("prod", reading.as_ref().map_err(String::as_str), TO, when).gates
    }

    #[track_caller]
    fn says(&self, name: GateName, light: Light, text: &str) {
        let when = if name.when() == When::Always { When::Readiness } else { name.when() };
        let gates = self.gates("v=1;epoch=2;region=eu-north-1;to=;old=open;run=r0", when);
        let gate = gates.iter().find(|gate| gate.name == name).expect("it is judged");
        assert_eq!((gate.light, gate.text.as_str()), (light, text));
    }
}

#[test]
fn every_gate_of_the_table_is_judged_in_its_order_when_it_is_asked() {
    for when in [When::Always, When::Readiness, When::Failback] {
        let names = |gates: Vec<Gate>| gates.into_iter().map(|gate| gate.name).collect::<Vec<_>>();
        let of_table = GateName::ALL.iter().copied().filter(|name| [When::Always, when].contains(&name.when()));
        let judged = Judging::new().gates("v=1;epoch=2;region=eu-north-1;to=;old=open;run=r0", when);
        assert_eq!(names(judged), of_table.collect::<Vec<_>>());
        let unknown = names(Judging::new().gates("hello", when));
        assert_eq!(unknown.first(), Some(&GateName::Record));
        assert!(unknown[1..].iter().all(|name| *name == GateName::Ledger), "{unknown:?}");
    }
    let written = serde_json::to_value(GateName::ALL).expect("names are values");
    assert_eq!(written, serde_json::json!(GateName::ALL.iter().map(|name| name.word()).collect::<Vec<_>>()));
}

#[test]
fn the_record_must_be_known_and_seen_by_every_machine() {
    let mut judging = Judging::new();
    judging.says(GateName::Record, Light::Ok, "active eu-north-1 (epoch 2), standby eu-west-1");
    let record = |judging: &Judging, text: &str| judging.gates(text, When::Always).remove(0);
    let unknown = record(&judging, "hello");
    assert_eq!(
        (unknown.light, unknown.text),
        (Light::Red, format!("the active region of prod is not known: {SILENT}"))
    );
    let under_way = record(&judging, "v=1;epoch=2;region=eu-north-1;to=eu-west-1;old=open;run=r0");
    assert_eq!(under_way.text, "a failover to eu-west-1 is under way (epoch 2)");
    judging.ledger = Ok("file:///var/lib/xcloud");
    judging.says(GateName::Record, Light::Ok, "active eu-north-1 (epoch 2), standby eu-west-1");
    judging.desired.record_zone = None;
    judging.says(
        GateName::Record,
        Light::Red,
        "the active-region record is in a local ledger (file:///var/lib/xcloud), which other machines cannot read",
    );
    judging.sandbox = true;
    judging.says(GateName::Record, Light::Ok, "active eu-north-1 (epoch 2), standby eu-west-1");
}

#[test]
fn the_ledger_must_outlive_the_region() {
    let mut judging = Judging::new();
    for (url, light, text) in [
        ("az://account/container", Light::Ok, "az://account/container"),
        ("s3://b?region=eu-central-1", Light::Ok, "s3://b?region=eu-central-1"),
        ("s3://b", Light::Warn, "s3://b does not say its region"),
        ("s3://b?region=eu-west-1", Light::Red, "s3://b?region=eu-west-1 is in eu-west-1, a region of the product"),
        ("file:///x", Light::Red, "file:///x is on this machine only"),
    ] {
        judging.ledger = Ok(url);
        judging.says(GateName::Ledger, light, text);
    }
    judging.ledger = Err("no answer".to_owned());
    judging.says(GateName::Ledger, Light::Warn, "it cannot be reached: no answer");
    (judging.ledger, judging.sandbox) = (Ok("file:///x"), true);
    judging.says(GateName::Ledger, Light::Ok, "in the sandbox, not judged");
}

#[test]
fn what_is_owed_is_red_also_where_it_cannot_be_read() {
    let mut judging = Judging::new();
    judging.says(GateName::Debts, Light::Ok, "none open");
    judging.past = Ok(vec![past(1, Some(1_000), vec![owed()])]);
    judging.says(GateName::Debts, Light::Red, "1 open");
    judging.past = Ok(vec![past(1, Some(1_000), vec![Debt { env: "int".to_owned(), ..owed() }])]);
    judging.says(GateName::Debts, Light::Ok, "none open");
    judging.past = Ok(vec![Past { settled: true, ..past(1, Some(1_000), vec![owed()]) }]);
    judging.says(GateName::Debts, Light::Ok, "none open");
    judging.past = Err("no answer".to_owned());
    judging.says(GateName::Debts, Light::Red, "the debts cannot be read: no answer");
}

#[test]
fn a_failover_that_was_turned_back_does_not_restart_the_clock() {
    let failovers = [past(1, Some(1_000), Vec::new()), past(2, None, Vec::new())];
    assert_eq!(last_commit(&failovers, |env| env == "prod"), Some(1_000));
    assert_eq!(last_commit(&failovers, |env| env == "int"), None);
    let mut judging = Judging::new();
    judging.says(GateName::Stable, Light::Warn, "the ledger knows no failover");
    judging.past = Ok(vec![past(1, Some(29 * HOUR_MS), Vec::new()), past(2, None, Vec::new())]);
    judging.says(GateName::Stable, Light::Red, "active for 1h00m of 24h00m");
    judging.past = Ok(vec![past(1, Some(HOUR_MS), Vec::new())]);
    judging.says(GateName::Stable, Light::Ok, "active for 29h00m");
    judging.sandbox = true;
    judging.says(GateName::Stable, Light::Ok, "in the sandbox, not judged");
}

#[test]
fn a_failback_is_stricter_and_a_fence_is_no_fault_of_the_targets() {
    let light = |judging: &Judging, old: &str, name: GateName, when: When| {
        let gates = judging.gates(&format!("v=1;epoch=2;region=eu-north-1;to=;old={old};run=r0"), when);
        gates.into_iter().find(|gate| gate.name == name).expect("it is judged").light
    };
    // Nothing that stands carries this product's mark.
    let mut judging = Judging::new();
    judging.desired.product = "other".to_owned();
    let always = light(&judging, "open", GateName::Parity, When::Always);
    assert_eq!((always, light(&judging, "open", GateName::Parity, When::Failback)), (Light::Warn, Light::Red));
    for (old, wanted) in [("open", Light::Red), ("fenced", Light::Warn), ("closed", Light::Warn)] {
        assert_eq!(light(&judging, old, GateName::Targets, When::Always), wanted, "{old}");
    }
}
