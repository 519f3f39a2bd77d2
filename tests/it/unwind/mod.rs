//! Nothing lost: whatever fails, wherever a process dies, the clouds are as before, or as the plan says.
//!
//! The estate is the smallest one with every kind in it. Each scenario is one change of it, made once on good clouds to
//! learn its calls; then every changing call meets every fault, and every journal entry is the last one of a process.

mod calls;
mod clouds;
mod edits;
mod kills;
mod ledgered;
mod scenario;
mod seeds;
mod sweep;
mod undo_faults;
