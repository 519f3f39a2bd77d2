//! The questions.

use std::fmt;
use std::net::Ipv4Addr;

use crate::azure_path::AzurePath;

/// A connection that an application in AWS opens, to an Azure application behind an interface endpoint.
#[derive(Debug, Clone, Copy)]
pub struct FromAws<'a> {
    /// The client's account.
    pub account: &'a str,
    /// The client's region.
    pub region: &'a str,
    /// The id of the client's VPC. If it is not given: the account's VPC around the client's address, or else every
    /// VPC of the account that knows the name.
    pub vpc: Option<&'a str>,
    /// The client's address.
    pub client: Ipv4Addr,
    /// The name that it calls.
    pub name: &'a str,
    /// The port that it calls.
    pub port: u16,
    /// What stands before the application in Azure.
    pub path: &'a AzurePath,
}

/// A connection that an application in Azure opens, to an endpoint in AWS.
#[derive(Debug, Clone, Copy)]
pub struct FromAzure<'a> {
    /// The client's address.
    pub client: Ipv4Addr,
    /// The id of the private DNS zone that it asks.
    pub zone: &'a str,
    /// The name that it calls: relative to the zone, or in full.
    pub record: &'a str,
    /// The port that it calls.
    pub port: u16,
    /// What stands before the client in Azure.
    pub path: &'a AzurePath,
}

/// Which way a connection is opened, seen from the application in Azure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// To the application: the firewall first, then the security group.
    Inbound,
    /// By the application: the security group first, then the firewall.
    Outbound,
}

/// The first packet of a TCP connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Packet {
    /// The address that it comes from.
    pub from: Ipv4Addr,
    /// The address that it goes to.
    pub to: Ipv4Addr,
    /// The port that it goes to.
    pub port: u16,
}

impl fmt::Display for Packet {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} -> {}:{}", self.from, self.to, self.port)
    }
}
