//! `tags:` of the file, an account, an environment and a resource.

use crate::bed::RESOURCES;
use crate::cases::{Edit, case, check, edit, edited, must};

const OF_FILE: Edit = edit("owner:", "\nregions:", "\ntags: {CostCenter: \"4711\", Stage: test}\nregions:");
const OF_HUB: Edit = edit("accounts:", "region: eu-north-1}", "region: eu-north-1, tags: {Stage: hub, Network: core}}");
const OF_ENVIRONMENT: Edit = edit(
    "owner:",
    "\nregions:",
    "\nenvironments: {hub: {regions: {eu-north-1: {}}, tags: {Network: edge, Zone: blue}}}\nregions:",
);
const OF_ENDPOINT: Edit =
    edit("aws/endpoint\n    name: payments", "    in: hub\n", "    in: hub\n    tags: {Zone: green, Note: \"\"}\n");
const OF_AZURE: Edit = edit("azure/private-endpoint", "    in: spoke\n", "    in: spoke\n    tags: {Stage: private}\n");

#[expect(clippy::too_many_lines, reason = "one table")]
#[tokio::test(start_paused = true)]
async fn none_before() {
    let cases = [
        case(
            "of the file",
            &[OF_FILE],
            r#"
             update hub/eu-north-1/endpoint-service/payments
               tags.CostCenter null -> "4711"
               tags.Stage null -> "test"
             update hub/eu-north-1/endpoint/payments
               tags.CostCenter null -> "4711"
               tags.Stage null -> "test"
             update hub/eu-north-1/load-balancer/edge
               tags.CostCenter null -> "4711"
               tags.Stage null -> "test"
               tags.CostCenter of 1 listener null -> "4711"
               tags.Stage of 1 listener null -> "test"
               tags.CostCenter of 1 target group null -> "4711"
               tags.Stage of 1 target group null -> "test"
             update hub/eu-north-1/security-group/clients
               tags.CostCenter null -> "4711"
               tags.Stage null -> "test"
               tags.CostCenter of 2 rules null -> "4711"
               tags.Stage of 2 rules null -> "test"
             update hub/eu-north-1/security-group/edge
               tags.CostCenter null -> "4711"
               tags.Stage null -> "test"
               tags.CostCenter of 3 rules null -> "4711"
               tags.Stage of 3 rules null -> "test"
             update spoke/azure/private-endpoint/events
               tags[CostCenter] null -> "4711"
               tags[Stage] null -> "test"
             update spoke/azure/private-link-service/events
               tags[CostCenter] null -> "4711"
               tags[Stage] null -> "test""#,
        ),
        case(
            "of an account",
            &[OF_HUB],
            r#"
             update hub/eu-north-1/endpoint-service/payments
               tags.Network null -> "core"
               tags.Stage null -> "hub"
             update hub/eu-north-1/endpoint/payments
               tags.Network null -> "core"
               tags.Stage null -> "hub"
             update hub/eu-north-1/load-balancer/edge
               tags.Network null -> "core"
               tags.Stage null -> "hub"
               tags.Network of 1 listener null -> "core"
               tags.Stage of 1 listener null -> "hub"
               tags.Network of 1 target group null -> "core"
               tags.Stage of 1 target group null -> "hub"
             update hub/eu-north-1/security-group/clients
               tags.Network null -> "core"
               tags.Stage null -> "hub"
               tags.Network of 2 rules null -> "core"
               tags.Stage of 2 rules null -> "hub"
             update hub/eu-north-1/security-group/edge
               tags.Network null -> "core"
               tags.Stage null -> "hub"
               tags.Network of 3 rules null -> "core"
               tags.Stage of 3 rules null -> "hub""#,
        ),
        case(
            "of an environment",
            &[OF_ENVIRONMENT],
            r#"
             update hub/eu-north-1/endpoint-service/payments
               tags.Network null -> "edge"
               tags.Zone null -> "blue"
             update hub/eu-north-1/endpoint/payments
               tags.Network null -> "edge"
               tags.Zone null -> "blue"
             update hub/eu-north-1/load-balancer/edge
               tags.Network null -> "edge"
               tags.Zone null -> "blue"
               tags.Network of 1 listener null -> "edge"
               tags.Zone of 1 listener null -> "blue"
               tags.Network of 1 target group null -> "edge"
               tags.Zone of 1 target group null -> "blue"
             update hub/eu-north-1/security-group/clients
               tags.Network null -> "edge"
               tags.Zone null -> "blue"
               tags.Network of 2 rules null -> "edge"
               tags.Zone of 2 rules null -> "blue"
             update hub/eu-north-1/security-group/edge
               tags.Network null -> "edge"
               tags.Zone null -> "blue"
               tags.Network of 3 rules null -> "edge"
               tags.Zone of 3 rules null -> "blue""#,
        ),
        case(
            "of a resource of AWS",
            &[OF_ENDPOINT],
            r#"
             update hub/eu-north-1/endpoint/payments
               tags.Note null -> ""
               tags.Zone null -> "green""#,
        ),
        case(
            "of a resource of Azure",
            &[OF_AZURE],
            r#"
             update spoke/azure/private-endpoint/events
               tags[Stage] null -> "private""#,
        ),
        case(
            "of all of them",
            &[OF_FILE, OF_HUB, OF_ENVIRONMENT, OF_ENDPOINT, OF_AZURE],
            r#"
             update hub/eu-north-1/endpoint-service/payments
               tags.CostCenter null -> "4711"
               tags.Network null -> "edge"
               tags.Stage null -> "hub"
               tags.Zone null -> "blue"
             update hub/eu-north-1/endpoint/payments
               tags.CostCenter null -> "4711"
               tags.Network null -> "edge"
               tags.Note null -> ""
               tags.Stage null -> "hub"
               tags.Zone null -> "green"
             update hub/eu-north-1/load-balancer/edge
               tags.CostCenter null -> "4711"
               tags.Network null -> "edge"
               tags.Stage null -> "hub"
               tags.Zone null -> "blue"
               tags.CostCenter of 1 listener null -> "4711"
               tags.Network of 1 listener null -> "edge"
               tags.Stage of 1 listener null -> "hub"
               tags.Zone of 1 listener null -> "blue"
               tags.CostCenter of 1 target group null -> "4711"
               tags.Network of 1 target group null -> "edge"
               tags.Stage of 1 target group null -> "hub"
               tags.Zone of 1 target group null -> "blue"
             update hub/eu-north-1/security-group/clients
               tags.CostCenter null -> "4711"
               tags.Network null -> "edge"
               tags.Stage null -> "hub"
               tags.Zone null -> "blue"
               tags.CostCenter of 2 rules null -> "4711"
               tags.Network of 2 rules null -> "edge"
               tags.Stage of 2 rules null -> "hub"
               tags.Zone of 2 rules null -> "blue"
             update hub/eu-north-1/security-group/edge
               tags.CostCenter null -> "4711"
               tags.Network null -> "edge"
               tags.Stage null -> "hub"
               tags.Zone null -> "blue"
               tags.CostCenter of 3 rules null -> "4711"
               tags.Network of 3 rules null -> "edge"
               tags.Stage of 3 rules null -> "hub"
               tags.Zone of 3 rules null -> "blue"
             update spoke/azure/private-endpoint/events
               tags[CostCenter] null -> "4711"
               tags[Stage] null -> "private"
             update spoke/azure/private-link-service/events
               tags[CostCenter] null -> "4711"
               tags[Stage] null -> "test""#,
        ),
    ];
    must(check("tags_none_before", RESOURCES, &cases).await);
}

#[tokio::test(start_paused = true)]
async fn some_before() {
    let tagged = edited(RESOURCES, &[OF_FILE, OF_HUB, OF_ENVIRONMENT, OF_ENDPOINT, OF_AZURE]);
    let cases = [
        case(
            "another value",
            &[edit("tags:", "\"4711\"", "\"4712\"")],
            r#"
             update hub/eu-north-1/endpoint-service/payments
               tags.CostCenter "4711" -> "4712"
             update hub/eu-north-1/endpoint/payments
               tags.CostCenter "4711" -> "4712"
             update hub/eu-north-1/load-balancer/edge
               tags.CostCenter "4711" -> "4712"
               tags.CostCenter of 1 listener "4711" -> "4712"
               tags.CostCenter of 1 target group "4711" -> "4712"
             update hub/eu-north-1/security-group/clients
               tags.CostCenter "4711" -> "4712"
               tags.CostCenter of 2 rules "4711" -> "4712"
             update hub/eu-north-1/security-group/edge
               tags.CostCenter "4711" -> "4712"
               tags.CostCenter of 3 rules "4711" -> "4712"
             update spoke/azure/private-endpoint/events
               tags[CostCenter] "4711" -> "4712"
             update spoke/azure/private-link-service/events
               tags[CostCenter] "4711" -> "4712""#,
        ),
        case(
            "one that is declared no more stays",
            &[
                edit("tags:", ", Stage: test}", "}"),
                edit("accounts:", "Stage: hub, ", ""),
                edit("private-endpoint", "tags: {Stage: private}", "tags: {}"),
            ],
            "",
        ),
        case(
            "what is replaced has them",
            &[edit(
                "aws/security-group\n    name: clients",
                "description: clients of the payments endpoint",
                "description: clients",
            )],
            r#"
             update hub/eu-north-1/endpoint/payments
               security_groups ["sg-*"] -> ["(hub/eu-north-1/security-group/clients)"]
             replace hub/eu-north-1/security-group/clients
               description "clients of the payments endpoint" -> "clients""#,
        ),
    ];
    must(check("tags_some_before", &tagged, &cases).await);
}
