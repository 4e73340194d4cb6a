//! Does the reader of the broker's policy file take any text, and does the first rule that fits decide?

use netsession_broker::authority::{Account, Act, Policy, Verdict};
use std::collections::BTreeSet;

/// A policy file, and what it says of a few users. Where no rule fits, root may and nobody else.
///
/// # Panics
/// If the reader does, an error is not about the text, or a policy without rules lets others than root do something.
pub fn policy(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let policy = match Policy::parse("policy.toml", text) {
        Ok(policy) => policy,
        Err(error) => return crate::scenario::is_in(text, &error),
    };
    for uid in [0, 1, 1000, u32::MAX] {
        let account = Account { uid, name: (uid == 1000).then(|| "alice".into()), groups: BTreeSet::new() };
        for act in Act::ALL {
            let allowed = policy.decide("policy.toml", &account, act) == Verdict::Allowed;
            let rule = policy.rules.iter().any(|rule| rule.acts.contains(&act));
            assert!(rule || allowed == (uid == 0), "{act:?} of {uid} without a rule");
        }
    }
}
