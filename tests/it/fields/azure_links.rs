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
        case(
            "seen by one more",
            &[edit(SERVICE, mine, "[11111111-2222-3333-4444-555555555555, 22222222-2222-3333-4444-555555555555]")],
            r#"
             update spoke/azure/private-link-service/events
               visibility ["11111111-2222-3333-4444-555555555555"] -> ["11111111-2222-3333-4444-555555555555","22222222-2222-3333-4444-555555555555"]"#,
        ),
        case(
            "seen by all",
            &[edit(SERVICE, mine, "[\"*\"]")],
            r#"
             update spoke/azure/private-link-service/events
               visibility ["11111111-2222-3333-4444-555555555555"] -> ["*"]"#,
        ),
        case(
            "approved at once",
            &[edit(SERVICE, "auto_approval: []", "auto_approval: [11111111-2222-3333-4444-555555555555]")],
            r#"
             update spoke/azure/private-link-service/events
               auto_approval [] -> ["11111111-2222-3333-4444-555555555555"]"#,
        ),
        case(
            "another frontend",
            &[edit(SERVICE, "rg-prod/lb-events/frontend", "rg-prod/lb-events-2/frontend")],
            r#"
             replace spoke/azure/private-endpoint/events
               service "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/rg-prod/providers/Microsoft.Network/privateLinkServices/xc-payments-edge-events" -> "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/rg-prod/providers/Microsoft.Network/privateLinkServices/xc-payments-edge-events-2"
             replace spoke/azure/private-link-service/events
               frontend "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/rg-prod/providers/Microsoft.Network/loadBalancers/lb-events/frontendIPConfigurations/frontend" -> "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/rg-prod/providers/Microsoft.Network/loadBalancers/lb-events-2/frontendIPConfigurations/frontend""#,
        ),
        case(
            "another subnet",
            &[edit(SERVICE, "rg-prod/vnet-core/snet-pls", "rg-prod/vnet-core/snet-pls-2")],
            r#"
             refused: replacement-keeps-frontend: spoke/azure/private-link-service/events: /subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/rg-prod/providers/Microsoft.Network/privateLinkServices/xc-payments-edge-events cannot become as declared, and a second one cannot share its frontend"#,
        ),
    ];
    must(check("azure_links_service", RESOURCES, &cases).await);
}

#[tokio::test(start_paused = true)]
async fn endpoint() {
    let cases = [
        case(
            "another subnet",
            &[edit(ENDPOINT, "rg-apps/vnet-apps/snet-pe", "rg-apps/vnet-apps/snet-pe-2")],
            r#"
             replace spoke/azure/private-endpoint/events
               subnet "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/rg-apps/providers/Microsoft.Network/virtualNetworks/vnet-apps/subnets/snet-pe" -> "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/rg-apps/providers/Microsoft.Network/virtualNetworks/vnet-apps/subnets/snet-pe-2""#,
        ),
        case(
            "another service",
            &[edit(ENDPOINT, "service: events", "service: other"), edit("resources:", MORE_SERVICE, OTHER)],
            r#"
             replace spoke/azure/private-endpoint/events
               service "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/rg-prod/providers/Microsoft.Network/privateLinkServices/xc-payments-edge-events" -> "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/rg-prod/providers/Microsoft.Network/privateLinkServices/xc-payments-edge-other"
             create spoke/azure/private-link-service/other
               name null -> "xc-payments-edge-other"
               resource_group null -> "rg-prod"
               frontend null -> "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/rg-prod/providers/Microsoft.Network/loadBalancers/lb-other/frontendIPConfigurations/frontend"
               nat_subnet null -> "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/rg-prod/providers/Microsoft.Network/virtualNetworks/vnet-core/subnets/snet-pls"
               visibility null -> ["11111111-2222-3333-4444-555555555555"]
               auto_approval null -> []"#,
        ),
        case(
            "approval automatic",
            &[
                edit(ENDPOINT, "approval: managed", "approval: automatic"),
                edit(SERVICE, "auto_approval: []", "auto_approval: [11111111-2222-3333-4444-555555555555]"),
            ],
            r#"
             replace spoke/azure/private-endpoint/events
               approval "managed" -> "automatic"
             update spoke/azure/private-link-service/events
               auto_approval [] -> ["11111111-2222-3333-4444-555555555555"]"#,
        ),
    ];
    must(check("azure_links_endpoint", RESOURCES, &cases).await);
}
