//! Each kind that is ever replaced, by each reason for it.

use super::scene::hold_edits;
use crate::cases::edit;
use crate::fields::endpoints::OPENED;

const OTHER: &str = "  - kind: azure/private-link-service
    name: other
    in: spoke
    resource_group: rg-prod
    load_balancer_frontend: rg-prod/lb-other/frontend
    nat_subnet: rg-prod/vnet-core/snet-pls
    visibility: [11111111-2222-3333-4444-555555555555]
  - kind: azure/private-link-service
";

#[tokio::test(start_paused = true)]
async fn in_aws() {
    let clients = "aws/security-group\n    name: clients";
    let edge = "aws/security-group\n    name: edge";
    let (mixed, balancer) = ("    name: mixed", "aws/load-balancer\n    name: edge");
    let (endpoint, unpinned) = ("aws/endpoint\n    name: payments", "aws/endpoint\n    name: second");
    let (pins, new_pins) = ("[10.20.9.5, 10.20.9.21]", "[10.20.9.6, 10.20.9.22]");
    let lines = vec![
        (
            "security-group of an endpoint",
            vec![edit(clients, "description: clients of the payments endpoint", "description: other words")],
        ),
        (
            "security-group of a load-balancer",
            vec![edit(edge, "description: load balancer of the payments service", "description: other words")],
        ),
        (
            "security-group in another vpc",
            vec![
                edit(mixed, "vpc-0ee55ff66aa77bb88", "vpc-0aa11bb22cc33dd44"),
                edit(mixed, "from: [clients]", "from: [edge]"),
                edit(mixed, "to: [clients]", "to: [edge]"),
            ],
        ),
        ("load-balancer pins", vec![edit(balancer, "[10.60.8.4, 10.60.8.20]", "[10.60.8.6, 10.60.8.22]")]),
        ("endpoint pins", vec![edit(endpoint, pins, new_pins)]),
        ("endpoint to another service", vec![edit(unpinned, "service: second", "service: payments")]),
        (
            "endpoint pins and service",
            vec![
                OPENED[0],
                OPENED[1],
                edit(endpoint, pins, new_pins),
                edit(endpoint, "service: payments", "service: second"),
            ],
        ),
    ];
    hold_edits("replacements/aws", lines).await;
}

#[tokio::test(start_paused = true)]
async fn in_azure() {
    let (service, endpoint) = ("azure/private-link-service", "azure/private-endpoint");
    let (events, list) = ("azure/private-dns-record\n    name: events", "name: list");
    let lines = vec![
        (
            "private-link-service frontend",
            vec![edit(service, "rg-prod/lb-events/frontend", "rg-prod/lb-events-2/frontend")],
        ),
        ("private-endpoint subnet", vec![edit(endpoint, "rg-apps/vnet-apps/snet-pe", "rg-apps/vnet-apps/snet-pe-2")]),
        (
            "private-endpoint to another service",
            vec![
                edit(endpoint, "service: events", "service: other"),
                edit("resources:", "  - kind: azure/private-link-service\n", OTHER),
            ],
        ),
        (
            "private-endpoint approved automatically",
            vec![
                edit(endpoint, "approval: managed", "approval: automatic"),
                edit(service, "auto_approval: []", "auto_approval: [11111111-2222-3333-4444-555555555555]"),
            ],
        ),
        ("private-dns-record name", vec![edit(events, "record: payments", "record: payments.new")]),
        ("private-dns-record zone", vec![edit(list, "rg-dns/aws.bank.example", "rg-dns/gcp.bank.example")]),
    ];
    hold_edits("replacements/azure", lines).await;
}
