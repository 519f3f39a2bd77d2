//! The sandbox has what the examples expect to find.

use xcloud_core::config;
use xcloud_core::model::Desired;
use xcloud_sim::World;

use super::{Seeded, add};

fn example(name: &str) -> Desired {
    let path = format!("{}/../../config/{name}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).expect("the example is there");
    config::load(name, &text).0.expect("the example is valid")
}

#[test]
fn both_examples_find_everything() {
    for name in ["open-api.yaml", "resources.yaml"] {
        let (mut world, mut seeded) = (World::default(), Seeded::default());
        let gaps = add(&mut world, &mut seeded, &example(name));
        assert!(gaps.is_empty(), "{name}: {gaps:#?}");
    }
}

#[test]
fn seeding_again_changes_nothing() {
    let desired = example("open-api.yaml");
    let (mut world, mut seeded) = (World::default(), Seeded::default());
    let _gaps = add(&mut world, &mut seeded, &desired);
    let before = serde_json::to_value(&world).expect("the world is JSON");
    let _gaps = add(&mut world, &mut seeded, &desired);
    assert_eq!(serde_json::to_value(&world).expect("the world is JSON"), before);
}

#[test]
fn pinned_addresses_have_their_subnets_one_for_each_zone() {
    let desired = example("open-api.yaml");
    let (mut world, mut seeded) = (World::default(), Seeded::default());
    let _gaps = add(&mut world, &mut seeded, &desired);
    let subnets: Vec<_> = world.aws.objects().into_iter().filter(|object| object.kind == "subnet").collect();
    let edge = |env: &str, region: &str| {
        let of = |object: &&xcloud_sim::aws::Object| {
            object.region == region && object.tags.get("net:env").map(String::as_str) == Some(env)
        };
        subnets.iter().filter(of).count()
    };
    assert_eq!((edge("dev", "eu-north-1"), edge("prod", "eu-west-1"), edge("dev", "eu-west-1")), (3, 3, 0));
}
