//! The Azure planners, from small desired and live values; plans are carried out on a tiny cloud.

mod cloud;
mod converges;
mod details;
mod dns;
mod examples;
mod firewall;
mod fixture;
mod links;
mod locks;
mod nsg;
mod others;
mod priorities;
mod property;
mod protected;
mod turns;
mod undeclared;
mod way;
