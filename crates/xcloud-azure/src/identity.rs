//! Which identity logs in: the declared one, or the first that the environment makes possible, of those that can work.

use std::sync::Arc;

use azure_core::cloud::{CloudConfiguration, CustomConfiguration};
use azure_core::credentials::TokenCredential;
use azure_core::http::{ClientOptions, RetryOptions};
use azure_identity::{
    AzureCliCredential, AzureCliCredentialOptions, ClientAssertionCredentialOptions, ClientSecretCredential,
    ClientSecretCredentialOptions, ManagedIdentityCredential, ManagedIdentityCredentialOptions, UserAssignedId,
    WorkloadIdentityCredential, WorkloadIdentityCredentialOptions,
};
use xcloud_core::model::Auth;

use crate::settings::AzureSettings;

/// Makes the credential. Each is a new one, without the tokens that earlier ones keep.
pub(crate) fn credential(settings: &AzureSettings) -> Result<Arc<dyn TokenCredential>, String> {
    let made: azure_core::Result<Arc<dyn TokenCredential>> = match chosen(settings) {
        Auth::WorkloadIdentity => workload_identity(settings).map(|made| made as _),
        Auth::ManagedIdentity => managed_identity(settings).map(|made| made as _),
        Auth::ClientSecret => return client_secret(settings),
        Auth::AzureCli => {
            let options = AzureCliCredentialOptions { tenant_id: settings.tenant_id.clone(), ..Default::default() };
            AzureCliCredential::new(Some(options)).map(|made| made as _)
        }
    };
    made.map_err(|error| format!("{error}{}", advice(settings)))
}

/// Returns the declared way, or the first that the environment supports, in the order of the documentation.
///
/// A managed identity is taken where `azure_identity` knows its endpoint: App Service and its kin set `IDENTITY_ENDPOINT` and
/// `IDENTITY_HEADER`. Those of Azure Arc and Cloud Shell it refuses, and there the Azure CLI is logged in. A virtual machine
/// sets nothing: its identity is the last resort, where there is no Azure CLI.
pub(crate) fn chosen(settings: &AzureSettings) -> Auth {
    let identity = settings.tenant_id.is_some() && settings.client_id.is_some();
    settings.auth.unwrap_or(if identity && settings.federated_token_file.is_some() {
        Auth::WorkloadIdentity
    } else if settings.managed_identity {
        Auth::ManagedIdentity
    } else if identity && settings.client_secret.is_some() {
        Auth::ClientSecret
    } else if settings.without_azure_cli {
        Auth::ManagedIdentity
    } else {
        Auth::AzureCli
    })
}

/// Returns what else the operator can try where no identity is declared.
pub(crate) fn advice(settings: &AzureSettings) -> &'static str {
    match (settings.auth, chosen(settings)) {
        (None, Auth::AzureCli) => " (no other identity is set; on an Azure VM: `auth: managed-identity`)",
        (None, Auth::ManagedIdentity) if !settings.managed_identity => {
            " (no identity is set and `az` is not on the PATH, so the identity of an Azure VM was tried)"
        }
        (Some(Auth::ManagedIdentity), _) => " (with Azure Arc and in Cloud Shell: `auth: azure-cli`)",
        _ => "",
    }
}

fn workload_identity(settings: &AzureSettings) -> azure_core::Result<Arc<WorkloadIdentityCredential>> {
    WorkloadIdentityCredential::new(Some(WorkloadIdentityCredentialOptions {
        credential_options: ClientAssertionCredentialOptions { client_options: client_options(settings) },
        client_id: settings.client_id.clone(),
        tenant_id: settings.tenant_id.clone(),
        token_file_path: settings.federated_token_file.clone(),
    }))
}

fn managed_identity(settings: &AzureSettings) -> azure_core::Result<Arc<ManagedIdentityCredential>> {
    ManagedIdentityCredential::new(Some(ManagedIdentityCredentialOptions {
        user_assigned_id: settings.client_id.clone().map(UserAssignedId::ClientId),
        client_options: client_options(settings),
    }))
}

fn client_secret(settings: &AzureSettings) -> Result<Arc<dyn TokenCredential>, String> {
    let (Some(tenant), Some(client), Some(secret)) =
        (&settings.tenant_id, &settings.client_id, &settings.client_secret)
    else {
        return Err("auth: client-secret needs AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET".to_owned());
    };
    let options = ClientSecretCredentialOptions { client_options: client_options(settings) };
    ClientSecretCredential::new(tenant, client.clone(), secret.expose().to_owned().into(), Some(options))
        .map(|made| made as _)
        .map_err(|error| error.to_string())
}

/// The SDK repeats nothing: it would keep the reason of a failure to itself until the time is up, and the engine repeats.
fn client_options(settings: &AzureSettings) -> ClientOptions {
    let cloud = settings.authority_host.as_ref().map(|host| {
        let mut custom = CustomConfiguration::default();
        custom.authority_host.clone_from(host);
        Arc::new(CloudConfiguration::Custom(custom))
    });
    ClientOptions { cloud, retry: RetryOptions::none(), ..Default::default() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Secret;

    #[test]
    fn the_first_way_that_the_environment_supports_is_taken() {
        let mut settings = AzureSettings::default();
        assert_eq!(chosen(&settings), Auth::AzureCli);
        settings.without_azure_cli = true;
        assert_eq!(chosen(&settings), Auth::ManagedIdentity, "a virtual machine without the Azure CLI");
        settings.tenant_id = Some("t".to_owned());
        settings.client_id = Some("c".to_owned());
        settings.client_secret = Some(Secret::new("s"));
        assert_eq!(chosen(&settings), Auth::ClientSecret);
        settings.managed_identity = true;
        assert_eq!(chosen(&settings), Auth::ManagedIdentity);
        settings.federated_token_file = Some("token".into());
        assert_eq!(chosen(&settings), Auth::WorkloadIdentity);
        settings.auth = Some(Auth::AzureCli);
        assert_eq!(chosen(&settings), Auth::AzureCli);
    }
}
