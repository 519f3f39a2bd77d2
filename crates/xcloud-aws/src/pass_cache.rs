//! Lists of an account and region that several estates of one pass read: asked once, and good for a minute. They are
//! the same for every product; estates under another role have clients, and lists, of their own.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::OnceCell;
use tokio::time::Instant;
use xcloud_core::live::{LiveLoadBalancer, LiveService, LiveSubnet, LiveTargetGroup, LiveVpc};
use xcloud_core::provider::ProviderError;

use crate::listed::Listed;
use crate::tags::Tags;

/// How long an answer is good. Older ones are dropped, so that memory does not grow with the estates of a pass.
const GOOD: Duration = Duration::from_secs(60);

/// A list that was asked for, and when.
struct Asked<T> {
    at: Instant,
    answer: Arc<OnceCell<Vec<T>>>,
}

/// The answers to one kind of question, by what was asked.
pub(crate) struct Kept<K, T>(Mutex<BTreeMap<K, Asked<T>>>);

impl<K, T> Default for Kept<K, T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Ord, T: Clone> Kept<K, T> {
    /// Returns the list, read by whoever asks first; others wait for that answer. A failure is nobody's answer.
    pub(crate) async fn once<F>(&self, key: K, read: impl FnOnce() -> F) -> Result<Vec<T>, ProviderError>
    where
        F: Future<Output = Result<Vec<T>, ProviderError>>,
    {
        let cell = {
            let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            kept.retain(|_, asked| asked.at.elapsed() < GOOD);
            let asked = kept.entry(key).or_insert_with(|| Asked { at: Instant::now(), answer: Arc::default() });
            Arc::clone(&asked.answer)
        };
        cell.get_or_try_init(read).await.cloned()
    }
}

/// The lists of one account and region under one role.
#[derive(Default)]
pub(crate) struct Lists {
    pub(crate) vpcs: Kept<(), LiveVpc>,
    pub(crate) subnets: Kept<(), LiveSubnet>,
    pub(crate) services: Kept<(), LiveService>,
    pub(crate) endpoints: Kept<(), Listed>,
    pub(crate) balancers: Kept<(), LiveLoadBalancer>,
    pub(crate) target_groups: Kept<(), LiveTargetGroup>,
    /// Of these load balancers and target groups.
    pub(crate) tags: Kept<Vec<String>, (String, Tags)>,
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use xcloud_core::model::{Cloud, PlaceKey};
    use xcloud_core::provider::ErrorKind;

    use super::*;

    fn failed() -> ProviderError {
        let place = PlaceKey { cloud: Cloud::Aws, account: "1".to_owned(), region: "eu-north-1".to_owned() };
        crate::error::new(&place, "DescribeVpcs", ErrorKind::Other, "it failed")
    }

    #[tokio::test(start_paused = true)]
    async fn a_list_is_read_once_a_minute_however_many_ask() {
        let (kept, reads) = (Kept::<u32, u32>::default(), AtomicU32::new(0));
        let ask = |key: u32| {
            kept.once(key, || async {
                tokio::time::sleep(Duration::from_secs(1)).await;
                Ok(vec![reads.fetch_add(1, Ordering::Relaxed)])
            })
        };
        let (one, other, another) = tokio::join!(ask(1), ask(1), ask(2));
        assert_eq!(one, other);
        assert!(one != another && reads.load(Ordering::Relaxed) == 2, "another question has another answer");
        tokio::time::sleep(GOOD).await;
        assert_ne!(ask(1).await, one);
        assert_eq!(kept.0.lock().expect("no panic").len(), 1, "what is old is dropped");
    }

    #[tokio::test(start_paused = true)]
    async fn a_failure_is_nobodys_answer() {
        let kept = Kept::<(), u32>::default();
        assert!(kept.once((), || async { Err(failed()) }).await.is_err());
        assert_eq!(kept.once((), || async { Ok(vec![1]) }).await, Ok(vec![1]));
    }
}
