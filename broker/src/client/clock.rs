//! When was it, on this process's clock? The broker tells times of `CLOCK_BOOTTIME`, which all processes share.

use rustix::time::{ClockId, clock_gettime};
use std::time::Duration;
use tokio::time::Instant;

/// The moment at so many ms of `CLOCK_BOOTTIME`; 0 is no moment, one that is still to come is now.
pub(super) fn instant(boottime: u64) -> Option<Instant> {
    let now = clock_gettime(ClockId::Boottime);
    let now = Duration::new(now.tv_sec.try_into().unwrap_or_default(), now.tv_nsec.try_into().unwrap_or_default());
    let ago = now.saturating_sub(Duration::from_millis(boottime));
    (boottime != 0).then(|| Instant::now().checked_sub(ago).unwrap_or_else(Instant::now))
}
