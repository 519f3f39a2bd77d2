//! `expand` prints a file that loads to the same desired state.

use proptest::prelude::*;
use xcloud_core::config::{expand, load};
use xcloud_core::model::Desired;

use crate::generated;
use crate::read;

fn loaded(name: &str, text: &str) -> Desired {
    let (desired, diagnostics) = load(name, text);
    desired.unwrap_or_else(|| panic!("{name} does not load: {diagnostics:#?}\n{text}"))
}

/// Loads, expands, loads again: the same state, and the same bytes when expanded once more.
fn round_trip(text: &str) -> String {
    let desired = loaded("source", text);
    let expanded = expand(&desired);
    let again = loaded("expanded", &expanded);
    assert_eq!(desired, again, "{expanded}");
    assert_eq!(expanded, expand(&again), "a second expansion differs");
    expanded
}

#[test]
fn the_examples_expand_to_themselves() {
    let story = round_trip(&read("config/open-api.yaml"));
    for line in [
        "address: prod/eu-west-1/load-balancer/to-azure",
        "priorities: 2000-2099",
        "eu-west-1: none",
        "endpoint_ips_of: prod/eu-west-1/endpoint/payment-events",
        "failover:",
    ] {
        assert!(story.contains(line), "{line} is missing in\n{story}");
    }
    round_trip(&read("config/resources.yaml"));
}

#[test]
fn expansion_keeps_every_setting() {
    let text = read("config/open-api.yaml")
        + "ledger: s3://ledger/open-api\nauth: managed-identity\nread_role: xcloud-read\nrequire_reversible: [prod]\n\
           limits: {CreateVpcEndpoint: {burst: 10, per_second: 1.5}}\n\
           ignore: [{address: 'dev/*', property: '*/description', reason: the console writes these, expires: '2027-01-31'}]\n\
           notify: [{webhook: 'https://hooks.bank.example/x', on: [drift, apply]}]\n";
    let desired = loaded("settings", &text);
    assert_eq!(
        desired.limits.len() + desired.ignore.len() + desired.notify.len() + desired.require_reversible.len(),
        4
    );
    round_trip(&text);
}

#[test]
fn expansion_keeps_what_is_protected() {
    let story = read("config/open-api.yaml").replacen("  prod:\n", "  prod:\n    protect: true\n", 1);
    let desired = loaded("environment", &story);
    assert!(desired.protected.environments.contains("prod") && desired.protected.resources.is_empty());
    assert!(round_trip(&story).contains("protect: true"));
    let group = "- kind: aws/security-group\n";
    let resources = read("config/resources.yaml").replacen(group, &format!("{group}    protect: true\n"), 1);
    let resources = resources.replacen("- kind: aws/endpoint\n", "- kind: aws/endpoint\n    protect: false\n", 1);
    let desired = loaded("resource", &resources);
    assert_eq!(desired.protected.resources.len(), 1, "{:?}", desired.protected);
    assert!(desired.protected.environments.is_empty());
    round_trip(&resources);
}

/// Both layers in one file: a declared resource refers to what a flow expands to.
#[test]
fn layers_mix() {
    let text = read("config/open-api.yaml")
        + "accounts: {product: {cloud: aws, account: \"200000000003\", region: eu-north-1, role: xcloud}}\n\
           resources:\n  - {kind: aws/private-zone-record, name: alias, in: product, env: prod, vpc: {tag: {\"net:role\": workload}}, \
           record: alias.azure.bank.example, endpoint: prod/eu-north-1/endpoint/to-azure}\n";
    let desired = loaded("mixed", &text);
    assert!(desired.resources.keys().any(|addr| addr.as_str() == "prod/eu-north-1/private-zone-record/alias"));
    round_trip(&text);
}

/// Anchors, aliases and merge keys are YAML's, and mean what they say.
#[test]
fn merge_keys_are_followed() {
    let text = read("config/resources.yaml").replace(
        "      - {protocol: tcp, ports: 443, from: [10.20.0.0/16, 10.122.16.0/26], description: workloads in AWS and in Azure}\n    egress: []",
        "      - {protocol: tcp, ports: 443, from: &clients [10.20.0.0/16, 10.122.16.0/26]}\n      - &udp {protocol: udp, ports: 53, from: *clients}\n      - {<<: *udp, ports: 54}\n    egress: []",
    );
    let desired = loaded("merged", &text);
    let group = desired.resources.iter().find(|(addr, _)| addr.as_str().ends_with("security-group/clients"));
    let xcloud_core::model::Spec::SecurityGroup(group) = &group.expect("the group").1.spec else { panic!("kind") };
    assert_eq!(group.ingress.len(), 6);
    round_trip(&text);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn generated_stories_expand_to_themselves(story in generated::story()) {
        round_trip(&story);
    }

    #[test]
    fn generated_resources_expand_to_themselves(file in generated::resources()) {
        round_trip(&file);
    }

    /// No text, however odd, makes the loader panic, and what it complains about is inside the file.
    #[test]
    fn any_text_is_answered(text in "\\PC{0,200}", cut in 0_usize..6_000) {
        let example = read("config/open-api.yaml");
        let cut = (0..=cut.min(example.len())).rev().find(|at| example.is_char_boundary(*at)).unwrap_or(0);
        for text in [text.clone(), format!("{}{text}{}", &example[..cut], &example[cut..])] {
            let (desired, diagnostics) = load("any", &text);
            prop_assert_eq!(desired.is_none(), diagnostics.has_errors());
            for diagnostic in &diagnostics.0 {
                let span = diagnostic.span.as_ref().expect("every diagnostic has a place");
                prop_assert!(span.line >= 1 && span.column >= 1 && span.start <= text.len() && span.start <= span.end, "{:?}", span);
            }
        }
    }
}
