//! The one way through: client call or executor report -> input -> `Hub::step` -> outputs -> command, notice, answer, timer (SPEC §2).
//!
//! One tokio task owns the executors and the timers and is the only production caller of `step`. The hub itself lies in the
//! house beside the names and carriers, where clients read it.

mod committed;
mod house;
mod local;
mod run;
mod seats;
mod timers;

pub use committed::Committed;

use crate::client::{Builder, Client};
use crate::record::Recorder;
use house::House;
use std::sync::{Arc, Mutex};
use tokio::sync::{mpsc, oneshot};

/// Starts the loop for what a builder collected and checked.
pub(crate) async fn start(builder: Builder, recorder: Option<Recorder>) -> Client {
    let (requests, inbox) = mpsc::unbounded_channel();
    let executors = builder.executors.iter().map(|executor| (executor.id(), (executor.name(), executor.capabilities()))).collect();
    let house = Arc::new(Mutex::new(House::new(builder.settings, executors)));
    let (ready, started) = oneshot::channel();
    let drive = run::Drive::new(Arc::clone(&house), inbox, builder, recorder);
    tokio::spawn(drive.run(ready));
    // the sender is only dropped with the runtime: then nobody reads the client either
    let _ = started.await;
    Client::new(Arc::new(local::Local::new(requests, house)))
}
