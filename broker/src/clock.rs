//! What time is it, on the clock that other processes can read?

use rustix::time::{ClockId, clock_gettime};
use std::time::Duration;
use tokio::time::Instant;

/// Milliseconds of `CLOCK_BOOTTIME`, as deadlines are told in.
pub(crate) fn now() -> u64 {
    let now = clock_gettime(ClockId::Boottime);
    let milliseconds = now.tv_sec.saturating_mul(1000).saturating_add(now.tv_nsec / 1_000_000);
    u64::try_from(milliseconds).unwrap_or(0)
}

/// The same, so much later.
pub(crate) fn after(duration: Duration) -> u64 {
    now().saturating_add(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX))
}

/// The moment at so many of these milliseconds, on the clock of this process; 0 is no moment, one that is still to come is now.
pub(crate) fn instant(milliseconds: u64) -> Option<Instant> {
    let ago = Duration::from_millis(now().saturating_sub(milliseconds));
    (milliseconds != 0).then(|| Instant::now().checked_sub(ago).unwrap_or_else(Instant::now))
}
