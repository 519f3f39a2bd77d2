//! The page as an operator sees it.

use anstream::adapter::strip_str;
use xcloud_core::plan::{Filter, Plan};

use super::page::page;
use super::view::PlanView;

pub(crate) mod sample;

fn shown(plan: &Plan, columns: usize, verbose: bool, undo: Option<&str>) -> String {
    let calls = sample::calls();
    let filter = Filter { envs: ["dev".to_owned()].into(), ..Filter::default() };
    let text = page(&PlanView { plan, calls: &calls, filter: &filter, verbose, undo }, Some(columns));
    strip_str(&text).to_string()
}

#[test]
fn a_plan_at_120_columns() {
    insta::assert_snapshot!(shown(&sample::plan(), 120, false, None));
}

#[test]
fn a_plan_at_80_columns_with_everything() {
    insta::assert_snapshot!(shown(&sample::plan(), 80, true, Some("")));
}

#[test]
fn what_one_failing_step_would_undo() {
    let plan = sample::plan();
    let of = |step: &str| {
        let text = shown(&plan, 120, false, Some(step));
        let from = text.find("If s00").map(|at| &text[at..]).unwrap_or_default();
        from.split("\n\n").next().unwrap_or_default().to_owned()
    };
    insta::assert_snapshot!([of("s003"), of("s004"), of("s001")].join("\n"));
    assert!(shown(&plan, 120, false, Some("s999")).contains("The plan has no step s999"));
}

#[test]
fn nothing_to_do_is_one_line_and_the_calls() {
    let mut plan = sample::plan();
    plan.changes.retain(|change| change.action == xcloud_core::plan::Action::Same);
    plan.steps.clear();
    plan.rules.clear();
    plan.notes.clear();
    plan.unknown.clear();
    insta::assert_snapshot!(shown(&plan, 120, false, None));
}

#[test]
fn lines_fit_the_page_unless_one_word_does_not() {
    for columns in [80, 100, 140] {
        let page = shown(&sample::plan(), columns, true, Some(""));
        let wide: Vec<&str> = page.lines().filter(|line| line.chars().count() > columns).collect();
        assert!(wide.is_empty(), "wider than {columns}: {wide:#?}");
    }
}

#[test]
fn no_text_of_a_cloud_moves_the_cursor() {
    let calls = sample::calls();
    let filter = Filter::default();
    let plan = sample::plan();
    let view = PlanView { plan: &plan, calls: &calls, filter: &filter, verbose: true, undo: Some("") };
    assert!(!page(&view, None).contains("\u{1b}[2J"));
}

#[test]
fn json_has_the_documented_keys() {
    let value = crate::render::json::plan(&sample::plan(), &sample::calls());
    insta::assert_snapshot!(format!("{value:#}"));
}
