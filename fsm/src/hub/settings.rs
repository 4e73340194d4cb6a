//! How long things may take: the hub's deadlines and delays, all with the contract's defaults.

use core::time::Duration;

/// Deadlines and delays of a hub (SPEC §5, §6.2, §6.3, §6.6, §9).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(default))]
pub struct Settings {
    /// An offer that is not answered counts as ignored after this: 30 s.
    pub offer_deadline: Duration,
    /// A trial without a verdict counts as rejected after this: 60 s.
    pub trial_deadline: Duration,
    /// Switching the default route on accept may take this long: 10 s.
    pub commit_timeout: Duration,
    /// An ignored or rejected candidate is not offered again for this long: 5 min.
    pub suppression: Duration,
    /// A failed candidate is not offered again for this long, doubled at each further failure: 5 s.
    pub back_off: Duration,
    /// Doubling ends here: 5 min.
    pub back_off_limit: Duration,
    /// An access point must be usable for this long before it is offered as an upgrade (hysteresis): 2 s.
    pub settle: Duration,
    /// A lost executor's links are kept for this long: 10 s.
    pub grace: Duration,
    /// An unconfirmed `Lower` or a failed `Prefer` is tried again after this: 10 s.
    pub retry: Duration,
    /// A scan that did not end counts as ended after this: 30 s.
    pub refresh_timeout: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            offer_deadline: Duration::from_secs(30),
            trial_deadline: Duration::from_secs(60),
            commit_timeout: Duration::from_secs(10),
            suppression: Duration::from_secs(300),
            back_off: Duration::from_secs(5),
            back_off_limit: Duration::from_secs(300),
            settle: Duration::from_secs(2),
            grace: Duration::from_secs(10),
            retry: Duration::from_secs(10),
            refresh_timeout: Duration::from_secs(30),
        }
    }
}
