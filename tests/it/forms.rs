//! Every form that a field can be written in: applied once, nothing is left for a second apply.
//!
//! ```sh
//! XCLOUD_SEEDS=2000 cargo test --workspace --test it -- forms::   # estates of random forms; 24 by default
//! ```

use std::collections::BTreeSet;

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use xcloud_core::plan::PlanOptions;
use xcloud_tests::Testbed;

use crate::bed::{RESOURCES, apply, later, load, plan};
use crate::cases::{edit, edited, in_sync};

/// A place in the example, and what else can be written there.
struct Slot {
    anchor: &'static str,
    from: &'static str,
    forms: &'static [&'static str],
}

const SLOTS: &[Slot] = &[
    Slot {
        anchor: "name: edge",
        from: "{protocol: tcp, ports: 443, from: [10.20.0.0/16, 10.122.16.0/26], description: workloads in AWS and in Azure}",
        forms: &[
            "{protocol: tcp, ports: 0-65535, from: [10.20.0.0/16]}",
            "{protocol: udp, ports: 0-65535, from: [10.20.0.0/16]}",
            "{protocol: all, from: [10.20.0.0/16]}",
            "{protocol: icmp, from: [10.20.0.0/16]}",
            r#"{protocol: icmpv6, from: ["2001:DB8:0::/48"]}"#,
            r#"{protocol: tcp, ports: 1-65535, from: ["2001:db8::/48", 10.9.0.0/16]}"#,
            "{protocol: tcp, ports: 443-443, from: [edge]}",
            r#"{protocol: tcp, ports: [443, 8000-8100], from: [10.20.1.1/32], description: "a b_.:/()#,@[]+=&;{}!$*"}"#,
            r#"{protocol: tcp, ports: "443", from: [10.20.1.0/24]}"#,
            "{protocol: tcp, ports: 443, from: [pl-0123456789abcdef0]}",
        ],
    },
    Slot {
        anchor: "name: clients",
        from: "egress: []",
        forms: &[
            "egress: [{protocol: all, to: [0.0.0.0/0]}]",
            "egress: [{protocol: tcp, ports: 0-65535, to: [0.0.0.0/0]}]",
            r#"egress: [{protocol: all, to: ["::/0"]}]"#,
            "egress: [{protocol: udp, ports: 53, to: [10.0.0.0/8, 192.168.0.0/16]}]",
        ],
    },
    Slot {
        anchor: "aws/load-balancer",
        from: "{port: 443, targets: [{ip: 10.122.8.10, port: 443}], health: {protocol: tcp, interval: 10s, threshold: 3}}",
        forms: &[
            "{port: 443, targets: [{ip: 10.122.8.10, port: 443}]}",
            "{port: 443, targets: [{ip: 10.122.8.10, port: 443}], health: {protocol: tcp, interval: 5m, threshold: 10}}",
            "{port: 443, targets: [{ip: 10.122.8.10, port: 443}], health: {protocol: tcp, interval: 5s, threshold: 2}}",
            "{port: 443, target_port: 443, targets: [{ip: 10.122.8.10, port: 443}, {ip: 10.122.8.11, port: 8443}], health: {protocol: tcp, interval: 30s, threshold: 2}}",
            "{port: 443, targets: [{ip: 10.122.8.10, port: 443}, {ip: 10.60.8.9, port: 1}], health: {interval: 10s, threshold: 3}}",
        ],
    },
    Slot {
        anchor: "aws/load-balancer",
        from: "    private_link_ingress_rules: enforced     # or off\n",
        forms: &[
            "",
            r#"    private_link_ingress_rules: "off"
"#,
        ],
    },
    Slot { anchor: "aws/endpoint-service", from: "acceptance: managed ", forms: &["acceptance: automatic "] },
    Slot {
        anchor: "aws/endpoint-service",
        from: r#"principals: ["arn:aws:iam::100000000001:root", "#,
        forms: &[
            r#"principals: ["arn:aws:iam::100000000001:role/b", "#,
            r#"principals: ["arn:aws:iam::100000000001:user/x", "#,
            r#"principals: ["arn:aws:iam::100000000001:root", "arn:aws:iam::200000000004:root", "#,
        ],
    },
    Slot {
        anchor: "aws/endpoint\n",
        from: "endpoint_ips: [10.20.9.5, 10.20.9.21]    # optional, like service_ips\n",
        forms: &["\n"],
    },
    Slot { anchor: "aws/endpoint\n", from: "    private_dns: false\n", forms: &[""] },
    Slot {
        anchor: "azure/network-security-group",
        from: "        protocol: tcp\n        from: {service_ips_of: payments}     # a cross-cloud reference: known after the NLB exists, or at plan time where pinned\n        to: [10.122.8.10/32]\n        ports: 443",
        forms: &[
            "        protocol: all\n        from: [10.60.8.4/32]\n        to: [10.122.8.10/32]",
            "        protocol: udp\n        from: [10.9.0.0/16, 192.168.0.0/16]\n        to: [10.122.8.10/32, 10.122.8.12/31]\n        ports: [53, 8000-8100]",
            "        protocol: icmp\n        from: [10.60.8.4/32]\n        to: [10.122.8.10/32]",
            "        protocol: tcp\n        from: [10.60.8.4/32]\n        to: [10.122.8.0/24]\n        ports: 0-65535",
            "        protocol: tcp\n        from: [10.9.0.0/16]\n        to: [10.122.0.0/16]\n        ports: 1-65535",
            r#"        protocol: tcp
        from: ["2001:db8::/32"]
        to: ["2001:DB8:1::1/128"]
        ports: 443-443"#,
        ],
    },
    Slot { anchor: "azure/network-security-group", from: "access: allow", forms: &["access: deny"] },
    Slot { anchor: "azure/network-security-group", from: "direction: inbound", forms: &["direction: outbound"] },
    Slot {
        anchor: "azure/firewall-rules",
        from: "{name: from-aws, protocol: tcp, from: {service_ips_of: payments}, to: [10.122.8.10/32], ports: 443}",
        forms: &[
            "{name: from-aws, protocol: all, from: {service_ips_of: payments}, to: [10.122.8.10/32]}",
            "{name: from-aws, protocol: udp, from: [10.9.0.0/16], to: [10.122.8.10/31], ports: [53, 8000-8100]}",
            "{name: from-aws, protocol: icmp, from: [10.60.8.4/32], to: [10.122.8.10/32]}",
            "{name: from-aws, protocol: tcp, from: [10.9.0.0/16], to: [10.122.8.10/32], ports: 1-65535}",
            "{name: from-aws, protocol: tcp, from: [10.9.0.0/16], to: [10.122.8.10/32], ports: 0-65535}",
            "{name: from-aws, protocol: tcp, from: [10.60.8.4/32], to: [10.122.8.10/32], ports: 443-443}",
        ],
    },
    Slot {
        anchor: "azure/private-link-service",
        from: "visibility: [11111111-2222-3333-4444-555555555555]\n    auto_approval: []",
        forms: &[
            "visibility: [\"*\"]\n    auto_approval: []",
            "visibility: []\n    auto_approval: []",
            "visibility: [11111111-2222-3333-4444-555555555555, 22222222-2222-3333-4444-555555555555]\n    auto_approval: []",
            "visibility: [11111111-2222-3333-4444-555555555555]\n    auto_approval: [11111111-2222-3333-4444-555555555555]",
            "visibility: [\"*\"]\n    auto_approval: [AAAAAAAA-2222-3333-4444-555555555555]",
        ],
    },
    Slot { anchor: "azure/private-endpoint", from: "approval: managed ", forms: &["approval: automatic "] },
    Slot {
        anchor: "azure/private-dns-record",
        from: "ttl: 30s",
        forms: &["ttl: 1h", "ttl: 300s", "ttl: 1s", "ttl: 5m"],
    },
    Slot {
        anchor: "azure/private-dns-record",
        from: "addresses: {endpoint_ips_of: payments} ",
        forms: &["addresses: [10.1.2.3] ", "addresses: [10.1.2.4, 10.1.2.3] "],
    },
];

/// The example with a form chosen for every slot; `None` leaves it as it is.
fn written(choice: &[Option<usize>]) -> String {
    let chosen = SLOTS.iter().zip(choice).filter_map(|(slot, form)| Some((slot, slot.forms[(*form)?])));
    chosen.fold(RESOURCES.to_owned(), |text, (slot, form)| edited(&text, &[edit(slot.anchor, slot.from, form)]))
}

/// Every form comes up in as many estates as the longest slot has forms; what comes after them is random.
fn choices(count: usize) -> Vec<Vec<Option<usize>>> {
    let mut rng = StdRng::seed_from_u64(14);
    let longest = SLOTS.iter().map(|slot| slot.forms.len()).max().unwrap_or_default();
    let each = |round: usize| SLOTS.iter().map(|slot| Some(round % slot.forms.len())).collect();
    let mut random = || SLOTS.iter().map(|slot| rng.random_range(0..=slot.forms.len()).checked_sub(1)).collect();
    (0..count).map(|round| if round < longest { each(round) } else { random() }).collect()
}

fn count() -> usize {
    std::env::var("XCLOUD_SEEDS").ok().and_then(|count| count.parse().ok()).unwrap_or(24)
}

#[tokio::test(start_paused = true)]
async fn a_second_apply_has_nothing_to_do_whatever_the_form() {
    let made = Testbed::new(&load(RESOURCES));
    apply(&made, &load(RESOURCES), &PlanOptions::default()).await;
    later(&made).await;
    let mut seen: BTreeSet<(usize, usize)> = BTreeSet::new();
    for choice in choices(count()) {
        let text = written(&choice);
        let desired = load(&text);
        // Once from nothing, once from what the example made.
        for mut bed in [Testbed::new(&desired), made.fork()] {
            bed.seed(&desired);
            apply(&bed, &desired, &PlanOptions::default()).await;
            in_sync(&bed, &desired).await.unwrap_or_else(|error| panic!("{error}\n{text}"));
            let process = bed.process(&desired);
            let again = plan(&bed, &desired, &PlanOptions::default()).await;
            process.apply(&again).await;
            assert_eq!(process.calls().mutating, 0, "{text}");
        }
        seen.extend(choice.iter().enumerate().filter_map(|(slot, form)| Some((slot, (*form)?))));
    }
    let all: usize = SLOTS.iter().map(|slot| slot.forms.len()).sum();
    assert_eq!(seen.len(), all, "forms that no estate had");
}
