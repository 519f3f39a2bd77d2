//! The clouds that Azure is: the authority that gives tokens, the Resource Manager, the audience of its tokens, and where
//! storage accounts live all belong to one of them.

use url::Url;

/// One of Azure's clouds (azure_core's `CloudConfiguration`; Azure SDK for Python, `get_arm_endpoints`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct AzureCloud {
    authority: &'static str,
    resource_manager: &'static str,
    /// The audience of tokens for Resource Manager.
    pub(crate) scope: &'static str,
    /// The domain of Blob storage.
    pub(crate) blobs: &'static str,
}

const PUBLIC: AzureCloud = AzureCloud {
    authority: "login.microsoftonline.com",
    resource_manager: "https://management.azure.com/",
    scope: "https://management.azure.com/.default",
    blobs: "blob.core.windows.net",
};

const OTHERS: [AzureCloud; 2] = [
    AzureCloud {
        authority: "login.microsoftonline.us",
        resource_manager: "https://management.usgovcloudapi.net/",
        scope: "https://management.core.usgovcloudapi.net/.default",
        blobs: "blob.core.usgovcloudapi.net",
    },
    AzureCloud {
        authority: "login.chinacloudapi.cn",
        resource_manager: "https://management.chinacloudapi.cn/",
        scope: "https://management.chinacloudapi.cn/.default",
        blobs: "blob.core.chinacloudapi.cn",
    },
];

impl AzureCloud {
    /// Returns the cloud of an authority host (`AZURE_AUTHORITY_HOST`): the public one if none is named, or one that
    /// belongs to no other.
    pub(crate) fn of(authority_host: Option<&str>) -> Self {
        let host = authority_host.and_then(|text| Url::parse(text).ok()?.host_str().map(str::to_ascii_lowercase));
        OTHERS.into_iter().find(|cloud| host.as_deref() == Some(cloud.authority)).unwrap_or(PUBLIC)
    }

    /// Returns the base URL of its Resource Manager.
    pub(crate) fn resource_manager(&self) -> Url {
        Url::parse(self.resource_manager).expect("invariant: the constants are URLs")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_authority_names_the_cloud() {
        let of = |host: Option<&str>| AzureCloud::of(host).resource_manager().to_string();
        assert_eq!(of(None), "https://management.azure.com/");
        assert_eq!(of(Some("https://login.microsoftonline.us/")), "https://management.usgovcloudapi.net/");
        assert_eq!(of(Some("https://LOGIN.chinacloudapi.cn")), "https://management.chinacloudapi.cn/");
        assert_eq!(of(Some("https://login.example")), "https://management.azure.com/");
    }
}
