//! What the events look like.

use anstream::adapter::strip_str;
use xcloud_core::model::{Addr, Cloud, PlaceKey};
use xcloud_core::plan::StepId;
use xcloud_engine::{Event, EventKind};

use super::board::Board;
use super::{live, plain};

fn addr(text: &str) -> Addr {
    Addr::parse(text).expect("the test's address is valid")
}

fn story() -> Vec<Event> {
    let step = |id: &str| StepId(id.to_owned());
    let balancer = addr("dev/eu-north-1/load-balancer/to-azure");
    let group = addr("shared/azure/firewall-rules/rcg-xcloud-open-api");
    let place = PlaceKey { cloud: Cloud::Azure, account: "1111".to_owned(), region: "azure".to_owned() };
    let event = |at_ms, kind| Event { at_ms, kind };
    vec![
        event(10, EventKind::Observing(place.clone())),
        event(900, EventKind::Observed(place.clone(), Some("connection refused".to_owned()))),
        event(1_000, EventKind::Started { steps: 40 }),
        event(
            1_100,
            EventKind::Calling {
                step: step("s001"),
                addr: balancer.clone(),
                operation: "CreateLoadBalancer".to_owned(),
            },
        ),
        event(
            1_900,
            EventKind::Done {
                step: step("s001"),
                addr: balancer.clone(),
                operation: "CreateLoadBalancer".to_owned(),
                elapsed_ms: 800,
            },
        ),
        event(
            2_000,
            EventKind::Watching {
                step: Some(step("s002")),
                addr: Some(balancer),
                what: "the load balancer is active".to_owned(),
                now: "state provisioning".to_owned(),
            },
        ),
        event(
            2_100,
            EventKind::Calling { step: step("s003"), addr: group, operation: "PUT ruleCollectionGroups".to_owned() },
        ),
        event(
            2_500,
            EventKind::Retrying { step: step("s003"), attempt: 1, error: "429\u{1b}[2J".to_owned(), wait_secs: 2.5 },
        ),
        event(2_600, EventKind::Stopping),
    ]
}

#[test]
fn without_a_terminal_each_event_is_a_line() {
    let lines: Vec<String> = story().iter().filter_map(|event| plain::line(event, false)).collect();
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn a_terminal_shows_what_runs_and_for_how_long() {
    let mut board = Board::new(None);
    for event in story() {
        board.note(event.at_ms, &event.kind);
    }
    let lines = live::lines(&board, 75_000, 100);
    assert!(lines.iter().all(|line| strip_str(line).to_string().chars().count() <= 100));
    insta::assert_snapshot!(strip_str(&lines.join("\n")).to_string());
}

#[test]
fn long_texts_are_cut_to_the_terminal() {
    let mut board = Board::new(None);
    for event in story() {
        board.note(event.at_ms, &event.kind);
    }
    let lines = live::lines(&board, 75_000, 80);
    assert!(lines.iter().all(|line| strip_str(line).to_string().chars().count() <= 80));
}
