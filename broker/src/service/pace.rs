//! How fast may one user ask? A bucket of calls, full at first and filled again by so many a second; who finds it empty waits.

use super::limits::Limits;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// The bucket of one user, kept as the moment at which it is full again.
#[derive(Debug, Default)]
pub(super) struct Pace(Mutex<Option<Instant>>);

impl Pace {
    /// Takes a call out; says how long that waits until it is filled in, in the order of taking.
    pub(super) fn take(&self, limits: &Limits, now: Instant) -> Duration {
        let each = Duration::from_nanos(1_000_000_000 / u64::try_from(limits.calls_per_second).unwrap_or(u64::MAX).max(1));
        let all = each.saturating_mul(u32::try_from(limits.burst).unwrap_or(u32::MAX));
        let mut full = self.full();
        let then = full.map_or(now, |full| full.max(now)) + each;
        *full = Some(then);
        (then - now).saturating_sub(all)
    }

    /// Whether it is as if nobody had asked.
    pub(super) fn is_full(&self, now: Instant) -> bool {
        self.full().is_none_or(|full| full <= now)
    }

    fn full(&self) -> MutexGuard<'_, Option<Instant>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: fn() -> Limits = || Limits { calls_per_second: 10, burst: 3, ..Limits::default() };

    fn waits(pace: &Pace, now: Instant, calls: usize) -> Vec<u128> {
        (0..calls).map(|_| pace.take(&LIMITS(), now).as_millis()).collect()
    }

    #[test]
    fn what_is_beyond_the_burst_waits_its_turn() {
        let (pace, begun) = (Pace::default(), Instant::now());
        assert_eq!(waits(&pace, begun, 6), [0, 0, 0, 100, 200, 300]);
        assert_eq!(waits(&pace, begun + Duration::from_millis(300), 2), [100, 200], "those that waited have used what was filled in");
        assert!(!pace.is_full(begun + Duration::from_millis(799)));
        assert!(pace.is_full(begun + Duration::from_millis(800)));
        assert_eq!(waits(&pace, begun + Duration::from_secs(60), 4), [0, 0, 0, 100], "no more than the burst is saved up");
    }

    #[test]
    fn who_asks_no_faster_than_it_is_filled_never_waits() {
        let (pace, begun) = (Pace::default(), Instant::now());
        assert!(pace.is_full(begun));
        for tenth in 0..1000 {
            assert_eq!(waits(&pace, begun + Duration::from_millis(100 * tenth), 1), [0]);
        }
    }

    #[test]
    fn a_limit_beyond_counting_is_none() {
        let (pace, now) = (Pace::default(), Instant::now());
        let limits = Limits { calls_per_second: usize::MAX, burst: 1, ..Limits::default() };
        assert!((0..1000).all(|_| pace.take(&limits, now).is_zero()));
    }
}
