//! A world with what the tests need, and a client of it.

use bytes::Bytes;
use serde_json::{Value, json};
use xcloud_sim::azure::{AzureWorld, RuleSeed, SubnetSeed};
use xcloud_sim::{Cloud, World};

pub(crate) const SUB: &str = "11111111-1111-1111-1111-111111111111";
pub(crate) const OTHER_SUB: &str = "22222222-2222-2222-2222-222222222222";
const BASE: &str = "http://127.0.0.1:4001";

/// Returns the path of a resource in the tests' resource group.
pub(crate) fn at(rest: &str) -> String {
    format!("/subscriptions/{SUB}/resourceGroups/Net-RG/providers/Microsoft.Network/{rest}")
}

/// Returns the path of a resource in another subscription.
pub(crate) fn elsewhere(rest: &str) -> String {
    format!("/subscriptions/{OTHER_SUB}/resourceGroups/other/providers/Microsoft.Network/{rest}")
}

/// The simulated cloud with a client's verbs.
pub(crate) struct Arm {
    pub(crate) cloud: Cloud,
}

/// An answer.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: http::HeaderMap,
    pub(crate) body: Value,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    pub(crate) fn code(&self) -> &str {
        self.body["error"]["code"].as_str().unwrap_or_default()
    }

    pub(crate) fn state(&self) -> &str {
        self.body["properties"]["provisioningState"].as_str().unwrap_or_default()
    }

    pub(crate) fn etag(&self) -> &str {
        self.body["etag"].as_str().unwrap_or_default()
    }

    /// Checks status and error code at once.
    #[track_caller]
    pub(crate) fn refused(&self, status: u16, code: &str) {
        assert_eq!((self.status, self.code()), (status, code), "{}", self.body);
    }
}

impl Arm {
    pub(crate) fn new() -> Self {
        Self::with(seeded())
    }

    pub(crate) fn with(azure: AzureWorld) -> Self {
        Self { cloud: Cloud::start(World { azure, ..World::default() }, 1.0) }
    }

    pub(crate) async fn call(&self, method: &str, url: &str, body: Option<Value>, headers: &[(&str, &str)]) -> Answer {
        let url = url.strip_prefix(BASE).unwrap_or(url);
        let version = if url.to_lowercase().contains("privatednszones") { "2024-06-01" } else { "2024-03-01" };
        let url = match (url.contains("api-version"), url.contains('?')) {
            (true, _) => url.to_owned(),
            (false, true) => format!("{url}&api-version={version}"),
            (false, false) => format!("{url}?api-version={version}"),
        };
        let mut builder = http::Request::builder().method(method).uri(url);
        if !headers.iter().any(|(name, _)| *name == "authorization") {
            builder = builder.header("authorization", "Bearer test");
        }
        for (name, value) in headers {
            builder = builder.header(*name, *value);
        }
        let body = body.map_or_else(Bytes::new, |body| Bytes::from(body.to_string()));
        let request = builder.body(body).expect("the request is well-formed");
        let response = self.cloud.handle(request, BASE).await.expect("no fault is set");
        let (parts, body) = response.into_parts();
        let body = if body.is_empty() { Value::Null } else { serde_json::from_slice(&body).expect("a JSON body") };
        Answer { status: parts.status.as_u16(), headers: parts.headers, body }
    }

    pub(crate) async fn get(&self, url: &str) -> Answer {
        self.call("GET", url, None, &[]).await
    }

    pub(crate) async fn put(&self, url: &str, body: Value) -> Answer {
        self.call("PUT", url, Some(body), &[]).await
    }

    pub(crate) async fn delete(&self, url: &str) -> Answer {
        self.call("DELETE", url, None, &[]).await
    }

    pub(crate) async fn sleep(&self, seconds: f64) {
        self.cloud.clock().sleep(seconds).await;
    }

    /// Follows an accepted write to its end and returns the last word of its status.
    #[track_caller]
    pub(crate) fn finish(&self, answer: Answer) -> impl Future<Output = Value> {
        assert!(answer.status < 300, "{}", answer.body);
        let url = answer.header("azure-asyncoperation").to_owned();
        assert!(url.starts_with(BASE), "no operation to follow");
        async move {
            for _ in 0..200 {
                self.sleep(5.0).await;
                let status = self.get(&url).await;
                if status.body["status"] != "InProgress" {
                    return status.body;
                }
            }
            panic!("{url} does not end");
        }
    }

    /// Creates a resource and waits until it is there.
    pub(crate) async fn make(&self, url: &str, body: Value) {
        let answer = self.put(url, body).await;
        assert!(matches!(answer.status, 200 | 201), "{url}: {}", answer.body);
        assert_eq!(self.finish(answer).await, json!({"status": "Succeeded"}), "{url}");
    }
}

/// Returns two subscriptions with groups, a policy, networks, load balancers and a zone.
pub(crate) fn seeded() -> AzureWorld {
    seed().expect("the seed is valid")
}

fn seed() -> Result<AzureWorld, Box<dyn std::error::Error>> {
    let mut world = AzureWorld::default();
    world.add_resource_group(SUB, "Net-RG", "Norway East");
    world.add_resource_group(OTHER_SUB, "other", "norwayeast");
    let foreign = RuleSeed {
        name: "foreign".to_owned(),
        priority: 4000,
        direction: "Inbound".to_owned(),
        access: "Deny".to_owned(),
        protocol: "Tcp".to_owned(),
        source: "*".to_owned(),
        destination: "*".to_owned(),
        port: "*".to_owned(),
    };
    world.add_security_group(&at("networkSecurityGroups/app"), "Norway East", &[foreign])?;
    world.add_firewall_policy(&at("firewallPolicies/hub"), "norwayeast", true)?;
    world.add_firewall_policy(&at("firewallPolicies/lab"), "norwayeast", false)?;
    let subnets =
        [SubnetSeed::new("services", "10.1.0.0/24").for_link_services(), SubnetSeed::new("endpoints", "10.1.1.0/28")];
    world.add_network(&at("virtualNetworks/spoke"), "norwayeast", &["10.1.0.0/16"], &subnets)?;
    let other = [SubnetSeed::new("endpoints", "10.2.0.0/24")];
    world.add_network(&elsewhere("virtualNetworks/far"), "norwayeast", &["10.2.0.0/16"], &other)?;
    let services = at("virtualNetworks/spoke/subnets/services");
    world.add_load_balancer(&at("loadBalancers/front"), "norwayeast", "fe", &services, None)?;
    world.add_load_balancer(&at("loadBalancers/second"), "norwayeast", "fe", &services, Some([10, 1, 0, 9].into()))?;
    world.add_zone(&at("privateDnsZones/corp.example"))?;
    Ok(world)
}
