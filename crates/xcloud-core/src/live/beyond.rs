//! What a live object of ours says that no config can say.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Makes the list of properties, each with its name and with what an object has that was made without it.
macro_rules! extras {
    ($($(#[$doc:meta])* $variant:ident $word:literal $made:literal)+) => {
        /// A property that objects have in the cloud and no key of the config sets.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum Extra {
            $($(#[$doc])* $variant,)+
        }

        impl Extra {
            /// Returns what an object has that xcloud made.
            #[must_use]
            pub fn as_made(self) -> &'static str {
                match self {
                    $(Self::$variant => $made,)+
                }
            }
        }

        impl fmt::Display for Extra {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self {
                    $(Self::$variant => $word,)+
                })
            }
        }
    };
}

extras! {
    /// Regions from which endpoints can be made to a service (EC2 `SupportedRegions`).
    SupportedRegions "supported_regions" "its own region"
    /// The name that consumers can use instead of the endpoint's (EC2 `PrivateDnsName`).
    PrivateDnsName "private_dns_name" "none"
    /// Who pays for the endpoints of a service (EC2 `PayerResponsibility`).
    Payer "payer_responsibility" "the endpoint's owner"
    /// The address families of a service, a load balancer, an endpoint or a target group.
    AddressTypes "ip_address_type" "ipv4"
    /// The record types of an endpoint's names (EC2 `DnsRecordIpType`).
    DnsRecordTypes "dns_record_ip_type" "ipv4"
    /// `Interface`, or another type of endpoint or service.
    Type "type" "Interface"
    /// The Region of the service of an endpoint (EC2 `ServiceRegion`).
    ServiceRegion "service_region" "its own region"
    /// The port of a health check (ELBv2 `HealthCheckPort`).
    HealthPort "health.port" "traffic-port"
    /// Whether health is checked at all (ELBv2 `HealthCheckEnabled`).
    HealthEnabled "health.enabled" "true"
}

impl Extra {
    /// Returns true if it can let in more than is declared.
    #[must_use]
    pub fn widens(self) -> bool {
        match self {
            Self::SupportedRegions | Self::Type => true,
            Self::PrivateDnsName
            | Self::Payer
            | Self::AddressTypes
            | Self::DnsRecordTypes
            | Self::ServiceRegion
            | Self::HealthPort
            | Self::HealthEnabled => false,
        }
    }
}

/// A value that no config can declare, where it is not the one that creation gives.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Beyond {
    /// The property.
    pub what: Extra,
    /// Its value, as the cloud says it.
    pub value: String,
}

impl Beyond {
    /// Returns the value if there is one that is not as creation gives it; `same` judges.
    #[must_use]
    pub fn unless(what: Extra, value: Option<&str>, same: impl Fn(&str) -> bool) -> Option<Self> {
        value.filter(|value| !value.is_empty() && !same(value)).map(|value| Self { what, value: value.to_owned() })
    }
}
