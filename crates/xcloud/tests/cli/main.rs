//! The command line as a script sees it: results, exit codes, and the story in the sandbox.

mod permissions;
mod place;
mod sandbox;
mod served;
mod usage;
