//! The owner of the product: a mark on everything that can carry one.

use crate::bed::RESOURCES;
use crate::cases::{case, check, edit, must};

#[tokio::test(start_paused = true)]
async fn another_owner() {
    let cases = [case(
        "owner",
        &[edit("owner:", "banking-platform@bank.example", "payments@bank.example")],
        r#"
             update hub/eu-north-1/endpoint-service/payments
               tags.xcloud:owner "banking-platform@bank.example" -> "payments@bank.example"
             update hub/eu-north-1/endpoint/payments
               tags.xcloud:owner "banking-platform@bank.example" -> "payments@bank.example"
             update hub/eu-north-1/load-balancer/edge
               tags.xcloud:owner "banking-platform@bank.example" -> "payments@bank.example"
             update hub/eu-north-1/security-group/clients
               tags.xcloud:owner "banking-platform@bank.example" -> "payments@bank.example"
             update hub/eu-north-1/security-group/edge
               tags.xcloud:owner "banking-platform@bank.example" -> "payments@bank.example"
             update shared/azure/firewall-rules/rcg-xcloud-payments-edge
               rules[xc-payments-edge-from-aws].description "xcloud:payments-edge shared/azure/firewall-rules/rcg-xcloud-payments-edge banking-platform@bank.example" -> "xcloud:payments-edge shared/azure/firewall-rules/rcg-xcloud-payments-edge payments@bank.example"
             update spoke/azure/network-security-group/core
               rules[xc-payments-edge-from-aws].description "xcloud:payments-edge spoke/azure/network-security-group/core banking-platform@bank.example" -> "xcloud:payments-edge spoke/azure/network-security-group/core payments@bank.example"
             update spoke/azure/private-dns-record/events
               metadata[xcloud-owner] "banking-platform@bank.example" -> "payments@bank.example"
             update spoke/azure/private-endpoint/events
               tags[xcloud:owner] "banking-platform@bank.example" -> "payments@bank.example"
             update spoke/azure/private-link-service/events
               tags[xcloud:owner] "banking-platform@bank.example" -> "payments@bank.example""#,
    )];
    must(check("owner_another_owner", RESOURCES, &cases).await);
}
