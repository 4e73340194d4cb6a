//! What was counted since the broker began, as Prometheus text.

use crate::api::fault::FaultName;
use netsession_fsm::hub::{Call, Notice};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

/// What became of an offer, in the order of [`OUTCOMES`].
const OUTCOMES: [&str; 8] = ["made", "migrated", "ignored", "accepted", "rejected", "withdrawn", "offer-expired", "trial-expired"];

/// Counters.
#[derive(Debug, Default)]
pub(super) struct Metrics {
    batches: AtomicU64,
    requests: AtomicU64,
    delayed: AtomicU64,
    signals: AtomicU64,
    offers: [AtomicU64; OUTCOMES.len()],
    refusals: Mutex<BTreeMap<FaultName, u64>>,
}

/// What is so now.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Gauges {
    pub(super) sessions: usize,
    pub(super) open: usize,
    pub(super) handshakes: usize,
    pub(super) clients: usize,
    pub(super) users: usize,
    pub(super) links_up: usize,
    pub(super) queue: usize,
}

impl Metrics {
    pub(super) fn batch(&self) {
        count(&self.batches);
    }

    pub(super) fn request(&self) {
        count(&self.requests);
    }

    /// A call has to wait because its user asked too fast.
    pub(super) fn delayed(&self) {
        count(&self.delayed);
    }

    pub(super) fn signal(&self) {
        count(&self.signals);
    }

    pub(super) fn refusal(&self, name: FaultName) {
        *self.refusals.lock().unwrap_or_else(PoisonError::into_inner).entry(name).or_default() += 1;
    }

    /// What a session was told.
    pub(super) fn notice(&self, notice: &Notice) {
        match notice {
            Notice::PreferredConfigurationChanged(_) => count(&self.offers[0]),
            Notice::OfferWithdrawn(_) => count(&self.offers[5]),
            Notice::StateChanged(_)
            | Notice::PoliciesChanged(_)
            | Notice::Opened
            | Notice::Closed
            | Notice::NewConfigurationActivated { .. }
            | Notice::Error(_) => {}
        }
    }

    /// What a client said and was taken.
    pub(super) fn answered(&self, call: &Call) {
        match call {
            Call::Migrate(_) => count(&self.offers[1]),
            Call::Ignore(_) => count(&self.offers[2]),
            Call::Accept(_) => count(&self.offers[3]),
            Call::Reject(_) => count(&self.offers[4]),
            Call::Open { .. }
            | Call::Close
            | Call::Stop
            | Call::RequestRoam
            | Call::SetMode(_)
            | Call::SetRequirements(_)
            | Call::Suppress(_) => {}
        }
    }

    /// Nobody answered in time.
    pub(super) fn expired(&self, trial: bool) {
        count(&self.offers[if trial { 7 } else { 6 }]);
    }

    /// Everything as Prometheus text.
    pub(super) fn text(&self, now: Gauges) -> String {
        let mut text = String::new();
        let gauges: [(&str, &str, usize); 7] = [
            ("sessions", "Sessions that exist.", now.sessions),
            ("sessions_open", "Sessions that are open.", now.open),
            ("handshakes", "Sessions in a handshake.", now.handshakes),
            ("clients", "Connections that called and are on the bus.", now.clients),
            ("users", "Users of these connections.", now.users),
            ("links_up", "Access points whose link is up.", now.links_up),
            ("queue_length", "Things that wait to be told.", now.queue),
        ];
        for (name, help, value) in gauges {
            put(&mut text, name, help, "gauge", &[("", value as u64)]);
        }
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        put(&mut text, "batches_total", "Inputs that the hub took.", "counter", &[("", read(&self.batches))]);
        put(&mut text, "requests_total", "Calls that were looked at.", "counter", &[("", read(&self.requests))]);
        let help = "Calls that waited because their user asked too fast.";
        put(&mut text, "requests_delayed_total", help, "counter", &[("", read(&self.delayed))]);
        put(&mut text, "signals_total", "Signals that were sent.", "counter", &[("", read(&self.signals))]);
        let offers: Vec<_> =
            OUTCOMES.iter().zip(&self.offers).map(|(outcome, counter)| (format!("{{outcome=\"{outcome}\"}}"), read(counter))).collect();
        put(&mut text, "offers_total", "Offers, and what became of them.", "counter", &offers);
        let refusals = self.refusals.lock().unwrap_or_else(PoisonError::into_inner);
        let refusals: Vec<_> = refusals.iter().map(|(name, many)| (format!("{{error=\"{}\"}}", name.short()), *many)).collect();
        put(&mut text, "refusals_total", "Calls that were refused or failed, by the error.", "counter", &refusals);
        text
    }
}

fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

fn put(text: &mut String, name: &str, help: &str, kind: &str, values: &[(impl AsRef<str>, u64)]) {
    // writing to a string does not fail
    let _ = write!(text, "# HELP netsession_{name} {help}\n# TYPE netsession_{name} {kind}\n");
    for (labels, value) in values {
        let _ = writeln!(text, "netsession_{name}{} {value}", labels.as_ref());
    }
}
