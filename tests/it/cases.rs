//! A config with edits in it, and what a plan says about them: what the tables of field and tampering tests are made of.

use std::fmt::Write as _;

use xcloud_core::journal::Outcome;
use xcloud_core::model::Desired;
use xcloud_core::plan::{Action, Plan, PlanOptions};
use xcloud_tests::Testbed;

use crate::bed::{later, load, told};
use crate::orders::one_after_another;
use crate::tamper::hand::findings;
use crate::traffic;

/// In a config, behind the first `anchor`: the first `from` becomes `to`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Edit {
    pub(crate) anchor: &'static str,
    pub(crate) from: &'static str,
    pub(crate) to: &'static str,
}

/// Returns an edit.
pub(crate) const fn edit(anchor: &'static str, from: &'static str, to: &'static str) -> Edit {
    Edit { anchor, from, to }
}

/// Returns the config with the edits made, one after the other.
pub(crate) fn edited(text: &str, edits: &[Edit]) -> String {
    edits.iter().fold(text.to_owned(), |text, edit| {
        let at = text.find(edit.anchor).unwrap_or_else(|| panic!("there is no {:?}", edit.anchor));
        let (head, tail) = text.split_at(at);
        assert!(tail.contains(edit.from), "there is no {:?} behind {:?}", edit.from, edit.anchor);
        format!("{head}{}", tail.replacen(edit.from, edit.to, 1))
    })
}

/// Returns every change of a plan with its action and fields, in the order of the plan.
pub(crate) fn shown(plan: &Plan) -> String {
    let mut text = String::new();
    for change in plan.changes.iter().filter(|change| change.action != Action::Same) {
        writeln!(text, "{} {}", change.action.word(), change.addr).expect("a string takes text");
        for field in &change.fields {
            writeln!(text, "  {} {} -> {}", field.path, field.before, field.after).expect("a string takes text");
        }
    }
    masked(&text)
}

/// Returns the text with a star for what the cloud makes up: the digits of ids that no config names.
fn masked(text: &str) -> String {
    let mut masked = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let digits = rest.bytes().take_while(u8::is_ascii_hexdigit).count();
        let made_up = match digits {
            16 => masked.ends_with('/'),
            17 => ["sg-", "vpce-", "vpce-svc-"].iter().any(|prefix| masked.ends_with(prefix)),
            8 => masked.ends_with("vpce-*-"),
            _ => false,
        };
        let taken = if made_up { digits } else { first.len_utf8() };
        masked.push_str(if made_up { "*" } else { &rest[..taken] });
        rest = &rest[taken..];
    }
    masked
}

/// Returns the indented lines of a block without the indentation of the first: what [`shown`] writes.
pub(crate) fn block(text: &str) -> String {
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    let indent = lines.first().map_or(0, |line| line.len() - line.trim_start().len());
    lines.iter().map(|line| format!("{}\n", &line[indent.min(line.len())..])).collect()
}

/// Plans with a new process. What is declared no more goes too.
pub(crate) async fn planned(bed: &Testbed, desired: &Desired) -> Result<Plan, String> {
    let options = PlanOptions { prune: true, ..PlanOptions::default() };
    let (plan, problems) = bed.process(desired).plan(&options).await;
    plan.ok_or_else(|| format!("refused: {}", told(&problems)))
}

/// Plans and applies with a new process, and answers the plan.
pub(crate) async fn applied(bed: &Testbed, desired: &Desired) -> Result<Plan, String> {
    let plan = planned(bed, desired).await?;
    carried_out(bed, desired, &plan).await.map(|()| plan)
}

/// Carries out a plan with a new process.
pub(crate) async fn carried_out(bed: &Testbed, desired: &Desired, plan: &Plan) -> Result<(), String> {
    let report = bed.process(desired).apply(plan).await;
    let failures: Vec<&String> = report.failures.iter().map(|failure| &failure.message).collect();
    if report.outcome == Outcome::Done { Ok(()) } else { Err(format!("the run failed: {failures:#?}")) }
}

/// Fails unless a plan has nothing to do, at once and half an hour later.
pub(crate) async fn in_sync(bed: &Testbed, desired: &Desired) -> Result<(), String> {
    nothing_to_do(bed, desired).await.map_err(|error| format!("at once {error}"))?;
    later(bed).await;
    nothing_to_do(bed, desired).await.map_err(|error| format!("later {error}"))
}

async fn nothing_to_do(bed: &Testbed, desired: &Desired) -> Result<(), String> {
    let plan = planned(bed, desired).await?;
    let steps: Vec<&str> = plan.steps.iter().map(|step| step.op.name()).collect();
    if steps.is_empty() && shown(&plan).is_empty() {
        return Ok(());
    }
    Err(format!("there is still\n{}{steps:?}", shown(&plan)))
}

/// One line of a table: a config, an edit of it, and what the plan must show.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) edits: Vec<Edit>,
    /// Every change with its fields, as [`shown`] writes it.
    pub(crate) expected: &'static str,
}

/// Returns one line of a table.
pub(crate) fn case(name: &'static str, edits: &[Edit], expected: &'static str) -> Case {
    Case { name, edits: edits.to_vec(), expected }
}

/// Applies `text`, and for each case on clouds of its own: the edit, which must be shown exactly, and the way back.
/// Answers every case that does not do so.
pub(crate) async fn check(name: &str, text: &str, cases: &[Case]) -> Result<(), String> {
    let before = load(text);
    let bed = Testbed::new(&before);
    applied(&bed, &before).await?;
    later(&bed).await;
    in_sync(&bed, &before).await?;
    let (mut wrong, mut drifted) = (String::new(), String::new());
    for case in cases {
        match there_and_back(&bed, text, case).await {
            Ok(found) => {
                writeln!(drifted, "{}\n  {}", case.name, found.join("\n  ")).expect("a string takes text");
            }
            Err(reason) => writeln!(wrong, "== {}\n{reason}", case.name).expect("a string takes text"),
        }
    }
    if !wrong.is_empty() {
        return Err(wrong);
    }
    // The clouds are as after the edit, and the config is the one before it: what drift makes of each property.
    insta::assert_snapshot!(format!("drift_{name}"), drifted);
    Ok(())
}

async fn there_and_back(made: &Testbed, text: &str, case: &Case) -> Result<Vec<String>, String> {
    let (before, after) = (load(text), load(&edited(text, &case.edits)));
    let mut bed = made.fork();
    bed.seed(&after);
    let expected = block(case.expected);
    let plan = match planned(&bed, &after).await {
        Err(refusal) if expected.starts_with("refused") => {
            return compare(&expected, &format!("{refusal}\n")).map(|()| vec!["refused".to_owned()]);
        }
        plan => plan?,
    };
    let found = shown(&plan);
    // There in an order that the needs allow and nobody chose, and back as ever.
    let seed = case.name.bytes().map(u64::from).sum();
    judged(&bed, &before, &after, &one_after_another(&plan, seed))
        .await
        .map_err(|error| format!("{error}\nafter\n{found}"))?;
    in_sync(&bed, &after).await.map_err(|error| format!("{error}\nafter\n{found}"))?;
    compare(&expected, &found)?;
    let drifted = findings(&bed.process(&before).drift(&PlanOptions::default()).await);
    let back = planned(&bed, &before).await.map_err(|error| format!("the way back: {error}"))?;
    judged(&bed, &after, &before, &back).await.map_err(|error| format!("the way back: {error}"))?;
    if plan.is_empty() && !back.is_empty() {
        return Err(format!("nothing was to do, and the way back is\n{}", shown(&back)));
    }
    later(&bed).await;
    nothing_to_do(&bed, &before).await.map_err(|error| format!("the way back: {error}"))?;
    Ok(drifted)
}

/// Carries out a plan that leads from one config to another: what both let through is never refused meanwhile nor
/// afterwards, and what neither lets through is never let in.
pub(crate) async fn judged(bed: &Testbed, before: &Desired, after: &Desired, plan: &Plan) -> Result<(), String> {
    let cloud = bed.cloud();
    let mut flows = traffic::flows(cloud, before);
    let (stay, fresh): (Vec<_>, Vec<_>) =
        traffic::flows(cloud, after).into_iter().partition(|flow| flows.iter().any(|one| one.name == flow.name));
    flows.extend(fresh);
    let mut strangers = traffic::strangers(cloud, before);
    strangers.extend(traffic::strangers(cloud, after));
    let (done, seen) = traffic::watched(cloud, &flows, &strangers, carried_out(bed, after, plan)).await;
    done?;
    let mut interrupted = traffic::interruptions(&seen);
    interrupted.extend(traffic::ended(&seen, &stay));
    if interrupted.is_empty() { Ok(()) } else { Err(interrupted.join("\n")) }
}

/// Fails, showing both, if a plan shows something else than is expected.
pub(crate) fn compare(expected: &str, found: &str) -> Result<(), String> {
    if expected == found { Ok(()) } else { Err(format!("expected\n{expected}found\n{found}")) }
}

/// Fails with every wrong case, readably.
pub(crate) fn must(result: Result<(), String>) {
    if let Err(wrong) = result {
        panic!("{wrong}");
    }
}
