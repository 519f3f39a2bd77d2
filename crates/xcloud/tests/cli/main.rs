//! The command line as a script sees it: results, exit codes, and the story in the sandbox.

mod bad_clouds;
mod drift;
mod estate;
mod failover;
mod frozen;
mod interrupt;
mod killed;
mod mask;
mod notified;
mod permissions;
mod place;
mod sandbox;
mod saved;
mod secrecy;
mod served;
mod server;
mod stories;
mod terminal;
mod turned_back;
mod usage;
