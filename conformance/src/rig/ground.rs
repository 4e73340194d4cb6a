//! Where is a law played? In this process, in time that is real or stands still, or in a lab of its own.

use crate::lab::{Lab, Outcome, Run};
use futures::future::LocalBoxFuture;
use std::fmt;
use std::time::Duration;

/// A place to play laws in.
pub trait Ground: fmt::Debug + Sized + 'static {
    /// How many times as much time passes in it.
    const FASTER: f64 = 1.0;

    /// How something is run there.
    fn run(law: fn(Self) -> LocalBoxFuture<'static, Outcome>) -> Run;

    /// This process, and the hub in it, stand still: for the machine and its daemons time goes on.
    fn stand_still(time: Duration) -> impl Future<Output = ()> {
        async move { std::thread::sleep(time) }
    }
}

/// This process, in time that goes on at once when everybody waits: for executors that are memory and timers of tokio, and nothing else.
#[derive(Debug)]
pub struct Virtual(());

/// This process, in real time: for executors with threads, sockets or other processes.
#[derive(Debug)]
pub struct Real(());

impl Virtual {
    pub(crate) const fn new() -> Self {
        Self(())
    }
}

impl Real {
    pub(crate) const fn new() -> Self {
        Self(())
    }
}

impl Ground for Virtual {
    const FASTER: f64 = 60.0;

    fn run(law: fn(Self) -> LocalBoxFuture<'static, Outcome>) -> Run {
        Run::Virtual(law)
    }

    fn stand_still(time: Duration) -> impl Future<Output = ()> {
        tokio::time::advance(time)
    }
}

impl Ground for Real {
    fn run(law: fn(Self) -> LocalBoxFuture<'static, Outcome>) -> Run {
        Run::Real(law)
    }
}

impl Ground for Lab {
    fn run(law: fn(Self) -> LocalBoxFuture<'static, Outcome>) -> Run {
        Run::Inside(law)
    }
}
