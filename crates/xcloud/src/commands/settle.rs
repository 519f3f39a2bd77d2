//! `xcloud settle`: looks after what a failover owes to the region that did not answer.

use std::collections::BTreeSet;

use clap::Args;
use serde_json::json;
use xcloud_core::model::PlaceKey;
use xcloud_core::plan::{Action, PlanOptions, compare, queries_for_drift};
use xcloud_engine::observe;

use crate::context::Opened;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::invocation::{Invocation, Runnable};
use crate::progress::Progress;
use crate::recording;
use crate::session;
use crate::settings::OBSERVE_DEADLINE_SECS;
use crate::ui::Ui;
use crate::wiring::Access;

/// How one debt stands.
struct Looked {
    env: String,
    what: String,
    /// Why it is still open; `None`: it is settled.
    open: Option<String>,
}

/// Check the work that a failover had to skip because the old region did not answer, and settle what is done.
#[derive(Debug, Clone, Args)]
pub(crate) struct SettleArgs;

impl Runnable for SettleArgs {
    fn run(&self, invocation: &Invocation) -> Result<Exit, Failure> {
        let input = invocation.input()?;
        session::run(invocation, &input.desired, Access::Read, async |session| {
            let head = recording::head(session, &input.desired).await?;
            settle(&Opened::at(session, &input.desired, PlanOptions::default(), head).await).await
        })
    }
}

async fn settle(opened: &Opened<'_>) -> Result<Exit, Failure> {
    let Opened { session, desired, options, head, .. } = opened;
    let ledger = &head.named.ledger;
    let open: Vec<_> = ledger
        .failovers()
        .await?
        .into_iter()
        .filter(|(_, past)| !past.settled && !past.note.debts.is_empty())
        .collect();
    let regions: BTreeSet<String> =
        open.iter().flat_map(|(_, past)| &past.note.debts).map(|debt| debt.region.clone()).collect();
    let observed = {
        let progress = Progress::start(&session.ui, None, session.real_time);
        let asked = queries_for_drift(desired)
            .into_iter()
            .filter(|(place, _)| regions.contains(&place.region) || place.region == "azure")
            .collect();
        observe(&session.wired.clouds, &asked, OBSERVE_DEADLINE_SECS, &progress.listener()).await
    };
    let comparison = compare(desired, &observed, options);
    let differs = |place: &PlaceKey, env: &str| {
        let changed = comparison.changes.iter().filter(|change| {
            change.action != Action::Same
                && change.addr.env() == env
                && change.account == place.account
                && change.region == place.region
        });
        changed.map(|change| change.addr.to_string()).collect::<Vec<_>>()
    };
    let mut looked = Vec::new();
    for (key, past) in &open {
        let mut all = true;
        for debt in &past.note.debts {
            let place =
                observed.places.keys().find(|place| place.account == debt.account && place.region == debt.region);
            let why = match place {
                // The config does not name the place any more: nothing of it is to be compared.
                None => None,
                Some(place) => match observed.unknown(place) {
                    Some(error) => Some(format!("it does not answer: {error}")),
                    None if comparison.left_alone.contains_key(&debt.env) => {
                        Some(format!("{} was not compared: its active region is not known", debt.env))
                    }
                    None if comparison.obstacles.iter().any(|one| one.addr.env() == debt.env) => {
                        Some("the comparison is blocked: `xcloud plan` shows why".to_owned())
                    }
                    None => Some(differs(place, &debt.env)).filter(|differ| !differ.is_empty()).map(|differ| {
                        format!("it is not as declared: {}; `xcloud apply --region {}`", differ.join(", "), debt.region)
                    }),
                },
            };
            all &= why.is_none();
            looked.push(Looked { env: debt.env.clone(), what: debt.what.clone(), open: why });
        }
        if all {
            ledger.settle_failover(key, &recording::by(&session.settings)).await?;
        }
    }
    tell(&session.ui, &looked)?;
    Ok(if looked.iter().all(|one| one.open.is_none()) { Exit::Done } else { Exit::Left })
}

fn tell(ui: &Ui, looked: &[Looked]) -> std::io::Result<()> {
    let text = || {
        if looked.is_empty() {
            return "No open debts\n".to_owned();
        }
        let line = |one: &Looked| match &one.open {
            None => format!("settled  {}: {}\n", one.env, one.what),
            Some(why) => format!("open     {}: {}\n         {why}\n", one.env, one.what),
        };
        looked.iter().map(line).collect()
    };
    let debt = |one: &Looked| json!({"env": one.env, "what": one.what, "settled": one.open.is_none(), "why": one.open});
    ui.answer(text, || json!({ "debts": looked.iter().map(debt).collect::<Vec<_>>() }))
}
