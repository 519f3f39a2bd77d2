//! The adapter against canned answers, one trap of the AWS APIs after the other, and on the simulated cloud.

mod answers;
mod changes;
mod credentials;
mod doubt;
mod estate;
mod looks;
mod reads;
mod simulated;
mod stories;
mod support;
