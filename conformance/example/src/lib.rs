//! How is an executor of one's own written? One over a switch in memory, whose ports are access points; its laws are in `tests/laws.rs`.
#![forbid(unsafe_code)]

mod executor;
mod port;

pub use executor::SwitchExecutor;
pub use port::Raising;

use netsession_backends::executor::Event;
use netsession_fsm::hub::Report;
use netsession_fsm::words::AccessPointId;
use port::Port;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Waker;

/// A switch. Clones are handles on the same one.
#[derive(Debug, Clone, Default)]
pub struct Switch(Arc<Mutex<State>>);

/// Everything there is, and what the executor has not told yet.
#[derive(Debug, Default)]
struct State {
    ports: Vec<Port>,
    uplink: Option<AccessPointId>,
    events: VecDeque<Event>,
    begun: bool,
    ended: bool,
    waker: Option<Waker>,
}

impl State {
    fn port(&mut self, id: AccessPointId) -> Option<&mut Port> {
        self.ports.get_mut(id.0 as usize)
    }

    /// Changes a port, and tells how it stands if that is something new.
    fn change(&mut self, id: AccessPointId, change: impl FnOnce(&mut Port)) {
        let begun = self.begun;
        let Some(port) = self.port(id) else { return };
        let before = port.stands();
        change(port);
        let now = port.stands();
        let up = port.is_up();
        if begun && before != now {
            let report = Event::Report(Report::Link(port.report(id)));
            let comes_up = up && before.0 != now.0;
            self.events.extend(comes_up.then(|| Event::Carrier(id, port::carrier(id))).into_iter().chain([report]));
        }
        if !up && self.uplink == Some(id) {
            self.uplink = None;
        }
        self.wake();
    }

    /// Tells something that is no link's.
    fn tell(&mut self, report: Report) {
        self.events.push_back(Event::Report(report));
        self.wake();
    }

    fn wake(&mut self) {
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }
}

impl Switch {
    /// Adds a port: whether its cable is in, whether its link is up, and what raising it comes to.
    pub fn add(&self, plugged: bool, up: bool, raising: Raising) {
        self.state().ports.push(Port::new(plugged, up, raising));
    }

    /// Its executor; one at a time.
    #[must_use]
    pub fn executor(&self) -> SwitchExecutor {
        SwitchExecutor::new(self.clone())
    }

    /// Pulls the cable of a port, or puts it in.
    pub fn plug(&self, id: AccessPointId, plugged: bool) {
        self.state().change(id, |port| port.plug(plugged));
    }

    /// Somebody else takes a link down.
    pub fn take_down(&self, id: AccessPointId) {
        self.state().change(id, Port::take_down);
    }

    /// Ports whose link is up, and the one that traffic leaves by.
    #[must_use]
    pub fn stands(&self) -> (Vec<bool>, Option<AccessPointId>) {
        let state = self.state();
        (state.ports.iter().map(Port::is_up).collect(), state.uplink)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
