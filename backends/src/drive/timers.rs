//! When the hub's timers run out: in order of deadline, then of arming; a timer that was disarmed or armed anew never fires late.

use netsession_fsm::hub::Timer;
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::{Instant, Sleep, sleep_until};

/// A place in the queue.
type Due = (Instant, u64);

/// Armed timers.
#[derive(Debug)]
pub(super) struct Timers {
    queue: BTreeMap<Due, Timer>,
    places: BTreeMap<Timer, Due>,
    armed: u64,
    sleep: Pin<Box<Sleep>>,
}

impl Timers {
    pub(super) fn new() -> Self {
        Self { queue: BTreeMap::new(), places: BTreeMap::new(), armed: 0, sleep: Box::pin(sleep_until(Instant::now())) }
    }

    /// Arms a timer; replaces it if it is armed.
    pub(super) fn arm(&mut self, timer: Timer, after: Duration) {
        self.disarm(timer);
        // a deadline beyond what the clock can count is one that never comes
        let Some(deadline) = Instant::now().checked_add(after) else { return };
        let due = (deadline, self.armed);
        self.armed += 1;
        self.queue.insert(due, timer);
        self.places.insert(timer, due);
    }

    /// Forgets a timer.
    pub(super) fn disarm(&mut self, timer: Timer) {
        if let Some(due) = self.places.remove(&timer) {
            self.queue.remove(&due);
        }
    }

    /// The next timer that ran out, once.
    pub(super) fn poll(&mut self, context: &mut Context<'_>) -> Poll<Timer> {
        loop {
            let Some((&due, &timer)) = self.queue.first_key_value() else { return Poll::Pending };
            if due.0 <= Instant::now() {
                self.queue.remove(&due);
                self.places.remove(&timer);
                return Poll::Ready(timer);
            }
            if self.sleep.deadline() != due.0 {
                self.sleep.as_mut().reset(due.0);
            }
            if self.sleep.as_mut().poll(context).is_pending() {
                return Poll::Pending;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use netsession_fsm::words::{AccessPointId, SessionId};

    const SECOND: Duration = Duration::from_secs(1);
    const SESSION: Timer = Timer::Session(SessionId { index: 0, generation: 0 });

    async fn next(timers: &mut Timers) -> Timer {
        std::future::poll_fn(|context| timers.poll(context)).await
    }

    #[tokio::test(start_paused = true)]
    async fn fire_in_order_of_deadline_then_of_arming() {
        let mut timers = Timers::new();
        let begin = Instant::now();
        timers.arm(Timer::Route, 2 * SECOND);
        timers.arm(Timer::Settle(AccessPointId(1)), SECOND);
        timers.arm(SESSION, SECOND);
        timers.arm(Timer::Refresh, SECOND);
        let mut fired = Vec::new();
        for _ in 0..4 {
            fired.push((next(&mut timers).await, (Instant::now() - begin).as_secs()));
        }
        assert_eq!(fired, [(Timer::Settle(AccessPointId(1)), 1), (SESSION, 1), (Timer::Refresh, 1), (Timer::Route, 2)]);
    }

    #[tokio::test(start_paused = true)]
    async fn disarmed_or_armed_anew_never_fires_late() {
        let mut timers = Timers::new();
        timers.arm(SESSION, SECOND);
        timers.arm(Timer::Route, SECOND);
        // both have run out, neither was delivered
        tokio::time::advance(2 * SECOND).await;
        timers.disarm(SESSION);
        timers.arm(Timer::Route, 3 * SECOND);
        timers.arm(Timer::Refresh, Duration::MAX);
        let begin = Instant::now();
        assert_eq!(next(&mut timers).await, Timer::Route);
        assert_eq!((Instant::now() - begin).as_secs(), 3);
        let nothing = tokio::time::timeout(1000 * SECOND, next(&mut timers)).await;
        assert!(nothing.is_err(), "{nothing:?}");
    }
}
