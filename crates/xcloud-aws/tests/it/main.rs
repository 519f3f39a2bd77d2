//! The adapter against canned answers, one trap of the AWS APIs after the other.

mod answers;
mod changes;
mod credentials;
mod looks;
mod reads;
mod support;
