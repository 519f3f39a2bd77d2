//! The simulated Resource Manager, called as a client would: every state machine and every refusal.

mod governance;
mod groups;
mod links;
mod names;
mod networks;
mod platform;
mod rules;
mod support;
