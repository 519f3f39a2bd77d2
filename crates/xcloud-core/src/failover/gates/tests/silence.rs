//! Places that do not answer.

use super::fixture::{FROM, TO, World};
use crate::failover::gates::{Gate, Light};
use crate::live::Answer;
use crate::plan::{PlanOptions, compare};

fn without(world: &World, left_out: &[&str]) -> Vec<Gate> {
    world.gates().into_iter().filter(|gate| !left_out.contains(&gate.name.word())).collect()
}

#[test]
fn a_silent_region_that_is_left_changes_no_gate() {
    let good = World::good();
    let mut world = good.clone();
    world.silence(FROM);
    assert_eq!(without(&world, &["helps"]), without(&good, &["helps"]));
    let helps = world.gate("helps");
    assert_eq!((helps.light, helps.text.as_str()), (Light::Ok, "eu-north-1 does not answer"));
    assert!(helps.details[0].contains("no answer in 2 s"), "{helps:#?}");
    for gate in without(&world, &["helps", "parity"]) {
        assert!(!format!("{gate:?}").contains(FROM), "{gate:#?}");
    }
}

#[test]
fn it_is_not_blamed_where_the_other_region_is_unhealthy_too() {
    let mut world = World::good();
    world.health(TO, "unhealthy");
    world.silence(FROM);
    assert_eq!(world.says("helps").0, Light::Ok);
}

#[test]
fn a_silent_region_that_would_take_over_is_red_once() {
    let mut world = World::good();
    world.silence(TO);
    let lit = |name: &str| world.says(name).0;
    assert_eq!(lit("parity"), Light::Red);
    for name in ["endpoints", "connections", "targets", "quotas"] {
        assert_eq!(lit(name), Light::Warn, "{name}");
    }
    for name in ["rules", "names", "helps"] {
        assert_eq!(lit(name), Light::Ok, "{name}: pins are known");
    }
    assert!(world.gate("parity").text.contains("no answer in 2 s"));
    world.without_pins();
    assert_eq!((world.says("rules").0, world.says("names").0), (Light::Warn, Light::Red));
}

#[test]
fn a_silent_azure_is_red() {
    let mut world = World::good();
    world.silence("azure");
    let text = "Azure does not answer: the record and the names cannot be changed";
    assert_eq!(world.says("helps"), (Light::Red, text.to_owned()));
    assert_eq!(world.says("names").0, Light::Red);
    assert_eq!((world.says("rules").0, world.says("quotas").0), (Light::Warn, Light::Warn));
}

#[test]
fn what_was_never_asked_is_not_known() {
    let mut world = World::good();
    world.observed.places.retain(|key, _| key.region != TO);
    assert_eq!(world.says("parity").0, Light::Red);
    assert_eq!(world.says("endpoints").0, Light::Warn);
}

#[test]
fn a_true_comparison_of_a_silent_and_of_an_empty_region() {
    let mut world = World::good();
    world.silence(TO);
    world.comparison = compare(&world.desired, &world.observed, &PlanOptions::default());
    assert_eq!(world.says("parity").0, Light::Red);
    let mut world = World::good();
    for (_, state) in world.observed.places.iter_mut().filter(|(key, _)| key.region == TO) {
        state.answer = Answer::Aws(Box::default());
    }
    world.comparison = compare(&world.desired, &world.observed, &PlanOptions::default());
    let text = "0/9 objects match: a failover would first make or change 9";
    assert_eq!(world.says("parity"), (Light::Warn, text.to_owned()));
}
