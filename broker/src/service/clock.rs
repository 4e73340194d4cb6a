//! What time is it, on the clock that other processes can read?

use rustix::time::{ClockId, clock_gettime};
use std::time::Duration;

/// Milliseconds of `CLOCK_BOOTTIME`, as deadlines are told in.
pub(super) fn now() -> u64 {
    let now = clock_gettime(ClockId::Boottime);
    let milliseconds = now.tv_sec.saturating_mul(1000).saturating_add(now.tv_nsec / 1_000_000);
    u64::try_from(milliseconds).unwrap_or(0)
}

/// The same, so much later.
pub(super) fn after(duration: Duration) -> u64 {
    now().saturating_add(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX))
}
