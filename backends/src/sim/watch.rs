//! The executor over a simulated network: hands commands in, events out, and waits for what is planned.

use super::world::World;
use crate::executor::{Event, Executor, Left, Notebook};
use netsession_fsm::hub::Command;
use netsession_fsm::words::{Capabilities, ExecutorId};
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use tokio::time::{Sleep, sleep_until};

/// The executor of a [`super::Network`].
#[derive(Debug)]
pub struct Sim {
    world: Arc<Mutex<World>>,
    id: ExecutorId,
    /// Made when first needed, since that takes a runtime.
    sleep: Option<Pin<Box<Sleep>>>,
}

impl Sim {
    pub(super) fn new(world: Arc<Mutex<World>>, id: ExecutorId) -> Self {
        Self { world, id, sleep: None }
    }
}

/// The world, also after a panic elsewhere.
pub(super) fn lock(world: &Mutex<World>) -> MutexGuard<'_, World> {
    world.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Executor for Sim {
    fn name(&self) -> &'static str {
        "sim"
    }

    fn id(&self) -> ExecutorId {
        self.id
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities::ALL
    }

    fn adopt(&mut self, left: Left, _: Notebook) {
        lock(&self.world).adopt(&left);
    }

    fn act(&mut self, command: Command) {
        lock(&self.world).command(command);
    }

    fn poll_event(&mut self, context: &mut Context<'_>) -> Poll<Option<Event>> {
        loop {
            let mut world = lock(&self.world);
            if let Some(event) = world.next_event() {
                return Poll::Ready(Some(event));
            }
            if world.ended {
                return Poll::Ready(None);
            }
            if world.waker.as_ref().is_none_or(|waker| !waker.will_wake(context.waker())) {
                world.waker = Some(context.waker().clone());
            }
            let Some(deadline) = world.next_deadline() else { return Poll::Pending };
            drop(world);
            let sleep = self.sleep.get_or_insert_with(|| Box::pin(sleep_until(deadline)));
            if sleep.deadline() != deadline {
                sleep.as_mut().reset(deadline);
            }
            if sleep.as_mut().poll(context).is_pending() {
                return Poll::Pending;
            }
        }
    }

    fn shutdown(&mut self) {
        lock(&self.world).shutdown();
    }
}
