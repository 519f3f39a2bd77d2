//! Names in the clouds, from the names in the file. They are stable: a changed name is a new object.

use crate::model::aws_partition;

/// What all aws-to-azure flows of an environment and region share has this in place of the flow.
pub(crate) const TO_AZURE: &str = "to-azure";

/// The firewall group serves all environments: its addresses have this in place of one.
pub(crate) const SHARED: &str = "shared";

/// The region part of addresses in Azure.
pub(crate) const AZURE: &str = "azure";

/// The name of a declared resource or rule: `xc-<product>-<name>`.
pub(crate) fn declared(product: &str, name: &str) -> String {
    format!("xc-{product}-{name}")
}

/// The name of what a flow is expanded to: `xc-<product>-<env>-<flow>`.
pub(crate) fn of_flow(product: &str, env: &str, flow: &str) -> String {
    format!("xc-{product}-{env}-{flow}")
}

/// The name of an Azure rule of a flow: `xc-<product>-<env>-<flow>-<region>`.
pub(crate) fn of_rule(product: &str, env: &str, flow: &str, region: &str) -> String {
    format!("xc-{product}-{env}-{flow}-{region}")
}

/// The principal that is a whole account.
pub(crate) fn root(account: &str, region: &str) -> String {
    format!("arn:{}:iam::{account}:root", aws_partition(region))
}

#[cfg(test)]
mod tests {
    use super::{declared, of_flow, of_rule, root};

    #[test]
    fn names_are_those_of_the_contract() {
        assert_eq!(of_flow("open-api", "prod", "to-azure"), "xc-open-api-prod-to-azure");
        assert_eq!(
            of_rule("open-api", "prod", "core-banking", "eu-north-1"),
            "xc-open-api-prod-core-banking-eu-north-1"
        );
        assert_eq!(declared("payments-edge", "from-aws"), "xc-payments-edge-from-aws");
        assert_eq!(root("200000000003", "eu-north-1"), "arn:aws:iam::200000000003:root");
        assert_eq!(root("200000000003", "cn-north-1"), "arn:aws-cn:iam::200000000003:root");
    }
}
