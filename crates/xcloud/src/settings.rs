//! What the environment says. No other file reads it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::Context as _;
use xcloud_aws::Endpoints;
use xcloud_azure::{AzureSettings, BlobEmulator, Secret};
use xcloud_core::model::Auth;

/// The config file that is read if none is named.
pub(crate) const DEFAULT_CONFIG: &str = "xcloud.yaml";
/// Seconds that reading all places may take; a place that takes longer is unknown.
pub(crate) const OBSERVE_DEADLINE_SECS: u64 = 180;
/// Seconds that a run may go without a step being done: an hour's turn at a firewall policy, and an hour of its operation.
pub(crate) const RUN_DEADLINE_SECS: u64 = 2 * 3600;

/// `off`: no pacing, for emulators.
pub(crate) const PACING: &str = "XCLOUD_PACING";
/// Another Resource Manager.
pub(crate) const ARM_ENDPOINT: &str = "XCLOUD_ARM_ENDPOINT";
/// The bearer token for it.
pub(crate) const ARM_TOKEN: &str = "XCLOUD_ARM_TOKEN";
/// Seconds after which an emulator shows what was made.
pub(crate) const CONSISTENCY: &str = "XCLOUD_CONSISTENCY_SECS";
/// An emulator of Azure Blob storage for the ledger.
pub(crate) const BLOB_ENDPOINT: &str = "XCLOUD_BLOB_ENDPOINT";
/// The account's key for it.
pub(crate) const BLOB_KEY: &str = "XCLOUD_BLOB_KEY";
/// What a region's endpoint variable starts with.
pub(crate) const AWS_ENDPOINT_PREFIX: &str = "XCLOUD_AWS_ENDPOINT_";

/// Returns the variable that points a region at another endpoint: `XCLOUD_AWS_ENDPOINT_EU_NORTH_1`.
pub(crate) fn aws_endpoint_variable(region: &str) -> String {
    format!("{AWS_ENDPOINT_PREFIX}{}", region.to_ascii_uppercase().replace('-', "_"))
}

/// The environment, read once.
#[derive(Clone)]
pub(crate) struct Settings {
    variables: BTreeMap<String, String>,
}

impl Settings {
    /// Reads the environment; a variable that is not Unicode is as if it were not there.
    pub(crate) fn from_environment() -> Self {
        let unicode = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        };
        Self { variables: std::env::vars_os().filter_map(unicode).collect() }
    }

    #[cfg(test)]
    fn from_pairs(pairs: &[(&str, &str)]) -> Self {
        Self { variables: pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect() }
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// Returns whether calls are paced.
    ///
    /// # Errors
    /// If `XCLOUD_PACING` is neither `on` nor `off`.
    pub(crate) fn pacing(&self) -> anyhow::Result<bool> {
        match self.get(PACING) {
            None | Some("on") => Ok(true),
            Some("off") => Ok(false),
            Some(other) => anyhow::bail!("{PACING} is `{other}`: it must be `on` or `off`"),
        }
    }

    /// Returns a text that the config names by its place (`env:NAME`, `file:PATH`), or the text itself.
    ///
    /// # Errors
    /// If the variable is not set or the file cannot be read.
    pub(crate) fn kept_elsewhere(&self, text: &str) -> anyhow::Result<String> {
        if let Some(name) = text.strip_prefix("env:") {
            return self.get(name).map(str::to_owned).with_context(|| format!("the variable {name} is not set"));
        }
        match text.strip_prefix("file:") {
            Some(path) => std::fs::read_to_string(path).with_context(|| format!("{path} cannot be read")),
            None => Ok(text.to_owned()),
        }
    }

    /// Returns whether the terminal can do no more than print lines.
    pub(crate) fn dumb_terminal(&self) -> bool {
        self.get("TERM") == Some("dumb")
    }

    /// Returns the log filter that the operator set.
    pub(crate) fn log_filter(&self) -> Option<&str> {
        self.get("XCLOUD_LOG")
    }

    /// Returns the AWS addresses.
    ///
    /// # Errors
    /// If one is no URL, or plain http to another machine.
    pub(crate) fn aws_endpoints(&self) -> anyhow::Result<Endpoints> {
        let pairs = self.variables.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        Ok(Endpoints::from_variables(pairs)?)
    }

    /// Returns the emulator of Blob storage that the ledger uses, if one is named.
    ///
    /// # Errors
    /// If its address is no URL, or its key is missing.
    pub(crate) fn blob_emulator(&self) -> anyhow::Result<Option<BlobEmulator>> {
        let Some(endpoint) = self.get(BLOB_ENDPOINT) else { return Ok(None) };
        let endpoint = endpoint.parse().with_context(|| format!("{BLOB_ENDPOINT} is not a URL"))?;
        let key = self.get(BLOB_KEY).map(Secret::new);
        let key = key.with_context(|| format!("{BLOB_ENDPOINT} is set, so {BLOB_KEY} must be set too"))?;
        Ok(Some(BlobEmulator { endpoint, key }))
    }

    /// Returns after how many seconds an emulator shows what was made; `None`: real clouds, which need longer.
    pub(crate) fn out_of_sight_secs(&self) -> Option<u64> {
        self.get(CONSISTENCY)?.parse().ok()
    }

    /// Returns who works here, for journals and locks.
    pub(crate) fn user(&self) -> String {
        ["USER", "LOGNAME", "USERNAME"].iter().find_map(|name| self.get(name)).unwrap_or("unknown").to_owned()
    }

    fn is_on_path(&self, program: &str) -> bool {
        let mut folders = std::env::split_paths(self.get("PATH").unwrap_or_default());
        folders.any(|folder| [program, &format!("{program}.cmd")].iter().any(|name| folder.join(name).is_file()))
    }

    /// Returns how to reach Azure.
    ///
    /// # Errors
    /// If `XCLOUD_ARM_ENDPOINT` is no URL.
    pub(crate) fn azure(&self, auth: Option<Auth>) -> anyhow::Result<AzureSettings> {
        let text = |name: &str| self.get(name).map(str::to_owned);
        let secret = |name: &str| self.get(name).map(Secret::new);
        let arm_endpoint = self
            .get(ARM_ENDPOINT)
            .map(|url| url.parse().with_context(|| format!("{ARM_ENDPOINT} is not a URL")))
            .transpose()?;
        Ok(AzureSettings {
            arm_endpoint,
            arm_token: secret(ARM_TOKEN),
            auth,
            authority_host: text("AZURE_AUTHORITY_HOST"),
            tenant_id: text("AZURE_TENANT_ID"),
            client_id: text("AZURE_CLIENT_ID"),
            client_secret: secret("AZURE_CLIENT_SECRET"),
            federated_token_file: text("AZURE_FEDERATED_TOKEN_FILE").map(PathBuf::from),
            managed_identity: self.get("IDENTITY_ENDPOINT").is_some() && self.get("IDENTITY_HEADER").is_some(),
            without_azure_cli: !self.is_on_path("az"),
            ..AzureSettings::default()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Settings, aws_endpoint_variable};

    #[test]
    fn pacing_is_on_unless_it_is_switched_off() {
        assert!(Settings::from_pairs(&[]).pacing().expect("nothing is set"));
        assert!(!Settings::from_pairs(&[("XCLOUD_PACING", "off")]).pacing().expect("off is a value"));
        assert!(Settings::from_pairs(&[("XCLOUD_PACING", "fast")]).pacing().is_err());
    }

    #[test]
    fn a_region_has_its_variable() {
        assert_eq!(aws_endpoint_variable("eu-north-1"), "XCLOUD_AWS_ENDPOINT_EU_NORTH_1");
        assert_eq!(aws_endpoint_variable("global"), "XCLOUD_AWS_ENDPOINT_GLOBAL");
    }

    #[test]
    fn plain_http_to_another_machine_is_refused() {
        let settings = Settings::from_pairs(&[("XCLOUD_AWS_ENDPOINT_EU_NORTH_1", "http://aws.example")]);
        assert!(settings.aws_endpoints().is_err());
        assert!(Settings::from_pairs(&[("XCLOUD_ARM_ENDPOINT", "not a url")]).azure(None).is_err());
    }
}
