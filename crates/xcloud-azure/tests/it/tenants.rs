//! Subscriptions of different tenants are reached with tokens of their own.

use std::sync::Arc;

use xcloud_azure::{AzureClouds, AzureSettings, Secret};
use xcloud_core::live::{AzureQuery, Query};
use xcloud_core::model::{Auth, Place};
use xcloud_core::provider::{Clouds as _, Gate};

use crate::fake::{Fake, id};

const FAR: &str = "99999999-2222-3333-4444-555555555555";
const FAR_TENANT: &str = "eeeeeeee-2222-3333-4444-555555555555";
const NEAR: &str = "11111111-2222-3333-4444-555555555555";
const NEAR_TENANT: &str = "dddddddd-2222-3333-4444-555555555555";

/// Nobody gives tokens at this authority: the failure names the URL, and with it the tenant, that was asked.
async fn asked(subscription: &str) -> String {
    let fake = Fake::new([]);
    let settings = AzureSettings {
        auth: Some(Auth::ClientSecret),
        authority_host: Some("https://127.0.0.1:9".to_owned()),
        tenant_id: Some(NEAR_TENANT.to_owned()),
        client_id: Some("client".to_owned()),
        client_secret: Some(Secret::new("hunter2")),
        tenants: [(FAR.to_owned(), FAR_TENANT.to_owned())].into(),
        ..AzureSettings::default()
    };
    let clouds = AzureClouds::new(&settings, fake as Arc<dyn Gate>).expect("the settings are valid");
    let provider = clouds.provider(&Place::Azure { subscription: subscription.to_owned(), location: None });
    let query = Query::Azure(AzureQuery { nsgs: [id("networkSecurityGroups/n")].into(), ..AzureQuery::default() });
    let error = provider.observe(&query).await.expect_err("there is no token");
    error.to_string()
}

#[tokio::test]
async fn each_subscription_is_logged_in_to_its_own_tenant() {
    let far = asked(FAR).await;
    assert!(far.contains(FAR_TENANT) && !far.contains(NEAR_TENANT), "{far}");
    let shouted = asked(&FAR.to_ascii_uppercase()).await;
    assert!(shouted.contains(FAR_TENANT), "{shouted}");
    let near = asked(NEAR).await;
    assert!(near.contains(NEAR_TENANT) && !near.contains(FAR_TENANT), "{near}");
}
