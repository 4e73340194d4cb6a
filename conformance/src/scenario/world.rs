//! What does a scenario need of its world? Access points that can be cut and mended, a look at the system, and time.

use super::Scenario;
use super::words::{Event, Fate};
use crate::judge::Recorder;
use crate::rig::Trouble;
use netsession_backends::client::Client;
use netsession_fsm::words::Cause;
use std::time::Duration;

/// Every world there is.
pub(super) const NAMES: [&str; 5] = ["sim", "netlink", "networkmanager", "connman", "broker"];

/// Where scenarios are played.
pub trait World: Sized {
    /// What it says of a link that is cut.
    const LOST: Cause;
    /// What it says of a raise that is to fail.
    const FAILED: Cause;

    /// What it is called.
    fn name() -> String;

    /// What a scenario needs and it has not; each thing once.
    fn lacks(scenario: &Scenario) -> Vec<String>;

    /// A client over the executor of this world, as soon as everything stands as the scenario says; every step is recorded.
    ///
    /// # Errors
    /// If that does not come about.
    fn start(&mut self, scenario: &Scenario, recorder: &Recorder) -> impl Future<Output = Result<Client, Trouble>>;

    /// A client in a process of its own, as far as the hub can tell.
    ///
    /// # Errors
    /// If the hub serves but one process.
    fn another(&mut self) -> impl Future<Output = Result<Client, Trouble>> {
        async { Err("there is no other process".into()) }
    }

    /// Something happens to the access point at this place of the order of ids.
    ///
    /// # Errors
    /// If it cannot.
    fn happens(&mut self, place: usize, event: Event) -> impl Future<Output = Result<(), Trouble>>;

    /// Something happens to the daemon.
    ///
    /// # Errors
    /// If it cannot.
    fn daemon(&mut self, fate: Fate) -> impl Future<Output = Result<(), Trouble>>;

    /// Whether a link is up on the system.
    ///
    /// # Errors
    /// If the system does not say.
    fn is_up(&self, place: usize) -> impl Future<Output = Result<bool, Trouble>>;

    /// The place unbound traffic goes through; `None`: as it was found.
    ///
    /// # Errors
    /// If the system does not say.
    fn route(&self) -> impl Future<Output = Result<Option<usize>, Trouble>>;

    /// Waits until everything that was told by now was heard; no more than that.
    ///
    /// # Errors
    /// If nobody answers.
    fn settle(&self, client: &Client) -> impl Future<Output = Result<(), Trouble>>;

    /// Lets time pass.
    fn pass(&self, time: Duration) -> impl Future<Output = ()> {
        tokio::time::sleep(time)
    }

    /// Everything was closed: waits until the system is as it was found, but for what happened.
    ///
    /// # Errors
    /// What is not.
    fn end(self) -> impl Future<Output = Result<(), Trouble>>;
}
