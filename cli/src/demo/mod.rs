//! What does `netsession demo` run? Three scenes of one session under a transfer, on real links in private namespaces.
//!
//! The session is on the service network `internet`: `ethernet` before `wlan` before `lte`. Each is a veth link to a router in a
//! network namespace of its own; neither root nor another program is needed. The scenes:
//!
//! 1. The session is open on `lte`. `wlan` appears: offer, migrate, probe through the new link while the old one still carries the
//!    transfer; the probe is answered, the application moves its transfer, what is under way on the old link comes in there, accept.
//! 2. `ethernet` appears: offer, migrate, probe; a captive portal answers, the application rejects.
//! 3. The mode becomes Forced. The cable of `wlan` is cut, and the session moves to `lte` by itself.
//!
//! The transfer is a reliable stream of numbered datagrams at a fixed pace, see [`transfer`]; every transmission is accounted for.
//! What must hold decides how the demo ends (see [`Report::checks`]); times are measured and held against their targets, and decide
//! nothing: a loaded machine is no defect.
//!
//! The kernel tells losses of carrier at most about once a second, over all namespaces of the machine; veth links whose ends have
//! different indices, as those of the lab, are exempt. So that the figures do not depend on that, nothing is plugged for
//! [`scenes::QUIET`] before the cut, the time from cut to working begins with the kernel's own event, and the time from the cut to
//! that event is told beside it.

mod error;
mod figures;
mod print;
mod real;
mod report;
mod scenes;
mod simulated;
mod stage;
mod table;
mod tap;
mod timeline;
mod transfer;
mod way;

pub(crate) use error::DemoError;
pub(crate) use report::Report;

use netsession_conformance::lab;
use stage::Stage;
use std::future::Future;
use timeline::Timeline;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// What the scenes are played on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Backend {
    /// Real links in private namespaces.
    Netlink,
    /// A network in memory.
    Sim,
}

/// What was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Options {
    /// `None`: real links, and where namespaces are refused the simulator.
    pub(crate) backend: Option<Backend>,
    /// One JSON document instead of the timeline and the table.
    pub(crate) json: bool,
}

/// Runs the demo and prints it on the standard output. Call it while the process has one thread: threads cannot be taken into other
/// namespaces. The process stays in them, and is killed when its parent ends.
///
/// # Errors
/// [`DemoError`]; [`DemoError::exit_code`] is what the program ends with.
pub(crate) fn run(options: Options) -> Result<Report, DemoError> {
    let report = match options.backend {
        Some(Backend::Netlink) => real_links(options)?,
        Some(Backend::Sim) => simulator(options, None)?,
        None => match real_links(options) {
            Err(DemoError::Refused(reason)) => simulator(options, Some(reason.to_string()))?,
            ended => ended?,
        },
    };
    if options.json {
        print::json(&report)?;
    } else {
        print::end(&report);
    }
    if report.holds() { Ok(report) } else { Err(DemoError::DoesNotHold(report.failed())) }
}

fn real_links(options: Options) -> Result<Report, DemoError> {
    lab::enter().map_err(DemoError::Refused)?;
    block_on(async {
        let mut signals = Signals::new()?;
        let stage = signals.or(async { real::Real::build().await.map_err(DemoError::Refused) }).await?;
        play(stage, &mut signals, options, None).await
    })
}

fn simulator(options: Options, reason: Option<String>) -> Result<Report, DemoError> {
    block_on(async { play(simulated::Simulated::build(), &mut Signals::new()?, options, reason).await })
}

fn block_on(play: impl Future<Output = Result<Report, DemoError>>) -> Result<Report, DemoError> {
    tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(DemoError::Runtime)?.block_on(play)
}

/// Plays the scenes on a stage; whatever happens, everything is put back before it returns.
async fn play<S: Stage>(mut stage: S, signals: &mut Signals, options: Options, reason: Option<String>) -> Result<Report, DemoError> {
    if !options.json {
        print::begin(S::BACKEND, reason.as_deref());
    }
    let (timeline, printer) = Timeline::start(!options.json).map_err(DemoError::Runtime)?;
    let client = scenes::client(&mut stage, &timeline)?.start().await?;
    let played = signals.or(scenes::play(&stage, &client, &timeline)).await;
    client.shutdown().await;
    let left = stage.left_behind().await;
    let entries = printer.finish(&timeline);
    match (played, left) {
        (Ok(played), left) => Ok(Report::new(S::BACKEND, reason, entries, played, left)),
        (Err(error), None) => Err(error),
        (Err(error), Some(left)) => Err(DemoError::LeftBehind { error: Box::new(error), left }),
    }
}

/// Signals by which the user or the system asks the program to end; those that come while nobody listens are kept.
#[derive(Debug)]
struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    fn new() -> Result<Self, DemoError> {
        let listen = |kind| signal(kind).map_err(DemoError::Runtime);
        Ok(Self { interrupt: listen(SignalKind::interrupt())?, terminate: listen(SignalKind::terminate())? })
    }

    /// Does the work, or ends early.
    async fn or<T>(&mut self, work: impl Future<Output = Result<T, DemoError>>) -> Result<T, DemoError> {
        tokio::select! {
            biased;
            _ = self.interrupt.recv() => Err(DemoError::Interrupted("SIGINT")),
            _ = self.terminate.recv() => Err(DemoError::Interrupted("SIGTERM")),
            ended = work => ended,
        }
    }
}
