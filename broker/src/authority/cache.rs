//! What has polkit said already? Kept for each client and act, until something may have changed it.

use super::{Act, Verdict};
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// An answer of polkit's that needed nobody's password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) verdict: Verdict,
    /// A password would make it another one.
    pub(super) challenge: bool,
}

/// The state of knowledge a question was asked in: an answer that comes in another one is used, and not kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Age(u64);

/// Answers by client and act.
#[derive(Debug, Default)]
pub(super) struct Cache(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    age: u64,
    /// Nobody would hear that something changed.
    deaf: bool,
    answers: HashMap<String, Vec<(Act, Answer)>>,
}

impl Cache {
    /// What is known, and how old knowledge is.
    pub(super) fn look(&self, client: &str, act: Act) -> (Age, Option<Answer>) {
        let inner = self.inner();
        let known = inner.answers.get(client).and_then(|known| known.iter().find(|(about, _)| *about == act));
        (Age(inner.age), known.map(|(_, answer)| answer.clone()))
    }

    /// Keeps an answer to a question that was asked at this age.
    pub(super) fn keep(&self, asked: Age, client: &str, act: Act, answer: Answer) {
        let mut inner = self.inner();
        if inner.age != asked.0 || inner.deaf {
            return;
        }
        let known = inner.answers.entry(client.to_owned()).or_default();
        known.retain(|(about, _)| *about != act);
        known.push((act, answer));
    }

    /// polkit's rules, sessions of users or passwords given may have changed.
    pub(super) fn forget_all(&self) {
        let mut inner = self.inner();
        inner.age += 1;
        inner.answers.clear();
    }

    /// The client left the bus.
    pub(super) fn forget(&self, client: &str) {
        let mut inner = self.inner();
        inner.age += 1;
        inner.answers.remove(client);
    }

    /// Nothing is heard any more: nothing is kept.
    pub(super) fn go_deaf(&self) {
        self.inner().deaf = true;
        self.forget_all();
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn yes() -> Answer {
        Answer { verdict: Verdict::Allowed, challenge: false }
    }

    #[test]
    fn an_answer_is_kept_until_its_client_leaves() {
        let cache = Cache::default();
        let (age, known) = cache.look(":1.1", Act::Open);
        assert_eq!(known, None);
        cache.keep(age, ":1.1", Act::Open, yes());
        assert_eq!(cache.look(":1.1", Act::Open).1, Some(yes()));
        assert_eq!(cache.look(":1.1", Act::Observe).1, None, "another act");
        assert_eq!(cache.look(":1.2", Act::Open).1, None, "another client");
        cache.forget(":1.2");
        assert_eq!(cache.look(":1.1", Act::Open).1, Some(yes()), "another client left");
        cache.forget(":1.1");
        assert_eq!(cache.look(":1.1", Act::Open).1, None);
    }

    #[test]
    fn an_answer_from_before_a_change_is_not_kept() {
        let cache = Cache::default();
        let (age, _) = cache.look(":1.1", Act::Open);
        cache.forget_all();
        cache.keep(age, ":1.1", Act::Open, yes());
        assert_eq!(cache.look(":1.1", Act::Open).1, None);
        let (age, _) = cache.look(":1.1", Act::Open);
        cache.forget(":1.1");
        cache.keep(age, ":1.1", Act::Open, yes());
        assert_eq!(cache.look(":1.1", Act::Open).1, None, "it left while polkit thought");
    }

    #[test]
    fn nothing_is_kept_where_no_change_is_heard() {
        let cache = Cache::default();
        let (age, _) = cache.look(":1.1", Act::Open);
        cache.keep(age, ":1.1", Act::Open, yes());
        cache.go_deaf();
        let (age, known) = cache.look(":1.1", Act::Open);
        assert_eq!(known, None);
        cache.keep(age, ":1.1", Act::Open, yes());
        assert_eq!(cache.look(":1.1", Act::Open).1, None);
    }
}
