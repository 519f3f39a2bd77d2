//! `azure/private-link-service` and `azure/private-endpoint`.

use crate::bed::RESOURCES;
use crate::cases::{case, check, edit, must};

const SERVICE: &str = "azure/private-link-service";
const ENDPOINT: &str = "azure/private-endpoint";
const MORE_SERVICE: &str = "  - kind: azure/private-link-service\n";
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
async fn service() {
    let mine = "[11111111-2222-3333-4444-555555555555]";
    let cases = [
        case("seen by one more", &[edit(SERVICE, mine, "[11111111-2222-3333-4444-555555555555, 22222222-2222-3333-4444-555555555555]")], ""),
        case("seen by all", &[edit(SERVICE, mine, "[\"*\"]")], ""),
        case("approved at once", &[edit(SERVICE, "auto_approval: []", "auto_approval: [11111111-2222-3333-4444-555555555555]")], ""),
        case("another frontend", &[edit(SERVICE, "rg-prod/lb-events/frontend", "rg-prod/lb-events-2/frontend")], ""),
        case("another subnet", &[edit(SERVICE, "rg-prod/vnet-core/snet-pls", "rg-prod/vnet-core/snet-pls-2")], ""),
        case("another resource group", &[edit(SERVICE, "resource_group: rg-prod", "resource_group: rg-link")], ""),
    ];
    must(check(RESOURCES, &cases).await);
}

#[tokio::test(start_paused = true)]
async fn endpoint() {
    let cases = [
        case("another subnet", &[edit(ENDPOINT, "rg-apps/vnet-apps/snet-pe", "rg-apps/vnet-apps/snet-pe-2")], ""),
        case("another resource group", &[edit(ENDPOINT, "resource_group: rg-apps", "resource_group: rg-else")], ""),
        case("another service", &[edit(ENDPOINT, "service: events", "service: other"), edit("resources:", MORE_SERVICE, OTHER)], ""),
        case(
            "approval automatic",
            &[edit(ENDPOINT, "approval: managed", "approval: automatic"), edit(SERVICE, "auto_approval: []", "auto_approval: [11111111-2222-3333-4444-555555555555]")],
            "",
        ),
    ];
    must(check(RESOURCES, &cases).await);
}
