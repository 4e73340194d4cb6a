//! The hub: any number of sessions on any number of links (SPEC §2 to §7, §9 to §12).
//!
//! [`Hub::step`] takes one [`Input`] and appends one batch of [`Output`]s. Each event costs what the sessions and links it concerns
//! cost, whatever else exists. Rules that the contract leaves open, and how the hub settles them, are listed in [`settled`].

mod access;
mod answers;
mod batch;
mod candidates;
mod counting;
mod define;
mod executors;
mod hold;
mod input;
mod leaving;
mod likeness;
mod links;
mod mutants;
mod output;
pub mod parts;
mod persist;
mod records;
mod reopen;
mod report;
mod restore;
mod roam;
mod route;
mod serials;
mod sessions;
mod settings;
pub mod settled;
mod steps;
mod suppress;
mod view;

pub use input::{Call, Definition, Input, SessionOptions};
#[cfg(feature = "mutants")]
pub use mutants::Mutant;
pub use output::{CatalogueNotice, Notice, Offer, Output, Policies, Snapshot, Timer};
pub use persist::{Kept, KeptHub, KeptLink, KeptSession, KeptSuppression};
pub use report::{Command, Counters, LinkReport, Report};
pub use serials::Serial;
pub use settings::Settings;
#[cfg(feature = "trace")]
pub use steps::Step;
pub use view::{LinkView, SessionView};

use crate::words::{AccessPointId, ConfigurationId, OperationId, Refusal, RequestId, SessionId};
use alloc::vec::Vec;
use batch::{Batch, Work};
use core::hash::{Hash, Hasher};
use records::{Choice, ExecutorRecord, Generations, Link, Network, Slot};
use route::Route;

/// The pure composition of all sessions and links: input in, outputs out, nothing else.
#[derive(Debug, Clone)]
pub struct Hub {
    settings: Settings,
    links: Vec<Link>,
    networks: Vec<Network>,
    choices: Vec<Choice>,
    /// By radio: the access points on it.
    radios: Vec<Vec<AccessPointId>>,
    executors: Vec<ExecutorRecord>,
    slots: Vec<Slot>,
    /// Places that are free.
    vacant: Vec<u32>,
    generations: Generations,
    default: Option<ConfigurationId>,
    save_traffic: bool,
    /// Access points that are Active.
    active_links: u32,
    route: Route,
    last_op: OperationId,
    /// Requests that wait for the running scan.
    refreshers: Vec<RequestId>,
    batch: Batch,
    /// The mistake it is to make, for checkers.
    #[cfg(feature = "mutants")]
    mutant: Option<Mutant>,
    /// What machines did in the last step, for checkers.
    #[cfg(feature = "trace")]
    steps: Vec<Step>,
}

impl PartialEq for Hub {
    fn eq(&self, other: &Self) -> bool {
        self.settings == other.settings
            && self.links == other.links
            && self.networks == other.networks
            && self.choices == other.choices
            && self.executors == other.executors
            && self.slots == other.slots
            && self.vacant == other.vacant
            && self.generations == other.generations
            && self.default == other.default
            && self.save_traffic == other.save_traffic
            && self.active_links == other.active_links
            && self.route == other.route
            && self.last_op == other.last_op
            && self.refreshers == other.refreshers
    }
}

impl Eq for Hub {}

impl Hash for Hub {
    /// What changes from step to step; definitions are left out.
    fn hash<H: Hasher>(&self, state: &mut H) {
        (&self.links, &self.executors, &self.slots, &self.vacant, self.generations, self.save_traffic).hash(state);
        (&self.route, self.last_op, &self.refreshers).hash(state);
        self.groups().for_each(|group| group.hash(state));
    }
}

impl Hub {
    /// An empty hub.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        Self {
            settings,
            links: Vec::new(),
            networks: Vec::new(),
            choices: Vec::new(),
            radios: Vec::new(),
            executors: Vec::new(),
            slots: Vec::new(),
            vacant: Vec::new(),
            generations: Generations::default(),
            default: None,
            save_traffic: false,
            active_links: 0,
            route: Route::default(),
            last_op: OperationId(0),
            refreshers: Vec::new(),
            batch: Batch::default(),
            #[cfg(feature = "mutants")]
            mutant: None,
            #[cfg(feature = "trace")]
            steps: Vec::new(),
        }
    }

    /// Takes one input and appends one batch of outputs (SPEC §11). An input that makes no sense changes nothing and gives
    /// [`Output::Refused`], or a refusing [`Output::Answer`] if it is a request.
    pub fn step(&mut self, input: &Input, outputs: &mut Vec<Output>) {
        core::mem::swap(&mut self.batch.outputs, outputs);
        let before = self.kept_hub();
        self.batch.changed.clear();
        #[cfg(feature = "trace")]
        self.steps.clear();
        match input {
            Input::Define(definition) => self.define(definition),
            Input::Remove(configuration) => self.remove(*configuration),
            Input::Default(configuration) => self.default = *configuration,
            Input::SaveTraffic(save) => self.set_save_traffic(*save),
            Input::Create { request, configuration, options } => self.create(*request, *configuration, *options),
            Input::Drop(session) => self.drop_session(*session),
            Input::Request { session, request, call } => self.request(*session, *request, *call),
            Input::Refresh { request } => self.refresh(*request),
            Input::Report(report) => self.report(report),
            Input::Fired(timer) => self.fired(*timer),
            Input::Restore(kept) => self.restore(kept),
        }
        self.complete();
        self.note_changes(before);
        core::mem::swap(&mut self.batch.outputs, outputs);
    }

    fn request(&mut self, session: SessionId, request: RequestId, call: Call) {
        let Some(index) = self.index_of(session) else {
            let refused = Output::Answer { session: Some(session), request, result: Err(Refusal::UnknownSession) };
            self.batch.outputs.push(refused);
            return;
        };
        match call {
            Call::Open { choice } => self.open(index, request, choice),
            Call::Close => {
                self.close(index);
                self.answer(Some(index), request, Ok(()));
            }
            Call::Stop => self.stop(index, request),
            Call::Migrate(_) | Call::Ignore(_) | Call::Accept(_) | Call::Reject(_) => {
                let result = self.verdict(index, call);
                self.answer(Some(index), request, result);
            }
            Call::RequestRoam => {
                let result = self.request_roam(index);
                self.answer(Some(index), request, result);
            }
            Call::SetMode(mode) => {
                self.set_mode(index, mode);
                self.answer(Some(index), request, Ok(()));
            }
            Call::SetRequirements(requirements) => {
                self.session_mut(index).options.requirements = requirements;
                self.work(Work::Consider(index));
                self.answer(Some(index), request, Ok(()));
            }
            Call::Suppress(duration) => {
                let result = self.open_window(index, duration);
                self.answer(Some(index), request, result);
            }
        }
    }

    fn fired(&mut self, timer: Timer) {
        match timer {
            Timer::Session(id) => {
                if let Some(index) = self.index_of(id) {
                    self.session_expired(index);
                }
            }
            Timer::Suppression(id, access_point) => {
                if let Some(index) = self.index_of(id) {
                    self.suppression_ended(index, access_point);
                }
            }
            Timer::Window(id) => {
                if let Some(index) = self.index_of(id) {
                    self.window_ended(index);
                }
            }
            Timer::Settle(id) => self.settled(id),
            Timer::Lower(id) => self.lower_expired(id),
            Timer::Route => self.retry_route(),
            Timer::Grace(executor) => self.grace_ended(executor),
            Timer::Refresh => self.refresh_expired(),
        }
    }

    fn do_work(&mut self, work: Work) {
        match work {
            Work::Ready(id) => self.ready(id),
            Work::ReadyFor(index) => self.ready_for(index),
            Work::Lost(index, id, cause) => self.tell_lost(index, id, cause),
            Work::Level(id) => self.level_changed(id),
            Work::Radio(radio) => self.radio_changed(radio),
            Work::Reap(id) => self.reap(id),
            Work::Unwatch(id) => self.unwatch(id),
            Work::Consider(index) => self.consider(index),
        }
    }

    fn next_op(&mut self) -> OperationId {
        self.last_op.0 += 1;
        self.last_op
    }

    fn command(&mut self, command: Command) {
        self.batch.outputs.push(Output::Command(command));
    }

    fn arm(&mut self, timer: Timer, duration: core::time::Duration) {
        self.time(timer, Output::Arm(timer, duration));
    }

    fn disarm(&mut self, timer: Timer) {
        self.time(timer, Output::Disarm(timer));
    }

    /// What was just said of the same timer is superseded.
    fn time(&mut self, timer: Timer, output: Output) {
        match self.batch.outputs.last_mut() {
            Some(Output::Arm(last, _) | Output::Disarm(last)) if *last == timer => {
                self.batch.outputs.pop();
            }
            _ => {}
        }
        self.batch.outputs.push(output);
    }
}
