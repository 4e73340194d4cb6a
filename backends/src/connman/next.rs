//! What happens next? The kernel, ConnMan, the front, or nothing in time.

use super::link::Link;
use super::proxy::Bus;
use super::task::{Order, Reaching, Stage, Task};
use super::told::Told;
use tokio::time::{Instant, Interval, sleep_until};

/// Something that happened.
pub(super) enum Heard {
    /// The kernel told something.
    Kernel(std::io::Result<()>),
    /// A message came over the bus; `None`: the bus is gone.
    Told(Option<Told>),
    /// The bus was reached, or not.
    Reached(zbus::Result<Box<Bus>>),
    /// The front wants something.
    Order(Order),
    /// Counters are to be told.
    Tick,
    /// Time passed.
    Nothing,
}

impl Task {
    /// Waits for what happens next; without a clock, for no more orders. May be cancelled: nothing is lost.
    pub(super) async fn next(&mut self, clock: Option<&mut Interval>) -> Heard {
        let starting = match self.stage {
            // once: what is to be done then is done then
            Stage::Starting { until, .. } if until > Instant::now() => Some(until),
            _ => None,
        };
        let deadline = self.links.iter().filter_map(Link::deadline).chain(starting).min();
        let (active, takes_orders) = (self.links.iter().any(Link::was_active), clock.is_some());
        tokio::select! {
            biased;
            heard = self.kernel.heard() => Heard::Kernel(heard),
            told = told(&mut self.bus) => Heard::Told(told),
            reached = reached(&mut self.reaching) => Heard::Reached(reached),
            () = passed(deadline) => Heard::Nothing,
            order = self.orders.recv(), if takes_orders => Heard::Order(order.unwrap_or(Order::End)),
            () = ticked(clock), if active => Heard::Tick,
        }
    }

    /// Takes in what happened; false: the kernel says nothing any more.
    pub(super) async fn take_in(&mut self, heard: Heard) -> bool {
        match heard {
            Heard::Kernel(Ok(())) | Heard::Nothing => {}
            Heard::Kernel(Err(error)) => {
                tracing::error!(%error, "connman: the kernel's events cannot be read any more; putting everything back");
                return false;
            }
            Heard::Told(told) => {
                // ConnMan hears of a link from the kernel, as we do
                self.kernel.absorb();
                self.identify();
                tracing::trace!(?told, "connman: told");
                match told {
                    Some(told) => self.understand(told).await,
                    None => self.lose_bus(),
                }
            }
            Heard::Reached(reached) => self.take_bus(reached),
            Heard::Order(order) => self.waiting.push_back(order),
            Heard::Tick => self.count = true,
        }
        true
    }
}

async fn told(bus: &mut Option<Box<Bus>>) -> Option<Told> {
    match bus {
        Some(bus) => bus.told().await,
        None => std::future::pending().await,
    }
}

async fn reached(reaching: &mut Option<Reaching>) -> zbus::Result<Box<Bus>> {
    match reaching {
        Some(reaching) => reaching.await.map(Box::new),
        None => std::future::pending().await,
    }
}

async fn ticked(clock: Option<&mut Interval>) {
    match clock {
        Some(clock) => drop(clock.tick().await),
        None => std::future::pending().await,
    }
}

async fn passed(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}
