//! The state of a world: the hub, what is really so, what is under way, and what clients were told.

use crate::armed::Armed;
use crate::world::World;
use netsession_fsm::hub::{Hub, LinkReport, Serial};
use netsession_fsm::words::{AccessPointId, ConfigurationId, ConfigurationState, OperationId, SessionId, SessionState};

/// What the executor works on for one link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Task {
    /// Raising.
    Raise(OperationId),
    /// Lowering.
    Lower(OperationId),
}

/// A link as it really is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RealLink {
    /// How it stands: from Absent to Active.
    pub state: ConfigurationState,
    /// Generation of its newest report.
    pub generation: u64,
    /// Newest finished operation.
    pub done: OperationId,
    /// The operation under way.
    pub task: Option<Task>,
    /// Reports under way, oldest first, all newer than what the hub knows.
    pub reports: Vec<LinkReport>,
    /// The newest report that arrived said Active (S17).
    pub told_active: bool,
    /// Commanded up by us, and the hub was not told since that the raise failed or the link was lowered (S6).
    pub raised: bool,
    /// At rest, told to give back what is left of a raise, and the hub has not heard that it did.
    pub gives_back: bool,
}

impl RealLink {
    /// Whether nothing is under way to it or from it.
    pub(crate) fn rests(&self) -> bool {
        self.task.is_none() && self.reports.is_empty()
    }

    /// Becomes the other one, without allocating in the usual case.
    pub(crate) fn take_after(&mut self, other: &Self) {
        let mut reports = core::mem::take(&mut self.reports);
        reports.clone_from(&other.reports);
        *self = Self { reports, ..*other };
    }
}

/// What a session's client knows from its notices alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Told {
    /// Its id; `None` once its owner died.
    pub id: Option<SessionId>,
    /// Last state notified.
    pub state: SessionState,
    /// `opened` came after the last `closed`.
    pub open: bool,
    /// Opens that were not answered yet.
    pub waiting: u8,
    /// Access points the open under way was seen to try: one bit each.
    pub tried: u32,
    /// An offer is pending.
    pub offer: bool,
    /// The first bearer is prohibited.
    pub prohibits: bool,
    /// Its owner died and came back.
    pub returned: bool,
}

/// Who waits for a scan, and what the executor scans.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Scans {
    /// Requests that were not answered yet.
    pub waiting: u8,
    /// The executor works on the newest scan it was told to do.
    pub newest: bool,
    /// It works on one before that.
    pub earlier: bool,
}

/// The state of a world.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct State {
    /// The very hub that runs in production.
    pub hub: Hub,
    /// Links as they really are.
    pub links: Vec<RealLink>,
    /// The default route as it really is.
    pub route: Option<AccessPointId>,
    /// The `Prefer` under way.
    pub prefer: Option<(OperationId, Option<AccessPointId>)>,
    /// A report was lost: a resync is owed.
    pub owed: bool,
    /// The executor's daemon is gone, or the executor has not started yet after a crash: there are no reports until the resync.
    pub gone: bool,
    /// It is the latter: what it is given it carries out when it has started.
    pub starting: bool,
    /// Faults that may still happen.
    pub budget: u8,
    /// Scans.
    pub scans: Scans,
    /// Timers armed.
    pub armed: Armed,
    /// What clients were told.
    pub told: Vec<Told>,
    /// Properties found violated, by their number.
    pub violated: u32,
}

impl State {
    /// Where a world starts: access points known to the hub, nothing reported, nothing in reach.
    #[must_use]
    pub fn initial(world: &World) -> Self {
        let (hub, sessions) = world.hub();
        let link = RealLink {
            state: ConfigurationState::Defined,
            generation: 0,
            done: OperationId(0),
            task: None,
            reports: Vec::new(),
            told_active: false,
            raised: false,
            gives_back: false,
        };
        let told = |id: &SessionId| Told {
            id: Some(*id),
            state: hub.snapshot(*id).map_or(SessionState::Invalid, |snapshot| snapshot.state),
            open: false,
            waiting: 0,
            tried: 0,
            offer: false,
            prohibits: false,
            returned: false,
        };
        let told: Vec<Told> = sessions.iter().map(told).collect();
        let mut state = Self {
            links: vec![link; world.access_points.len()],
            hub,
            route: None,
            prefer: None,
            owed: false,
            gone: false,
            starting: false,
            budget: world.faults.budget,
            scans: Scans::default(),
            armed: Armed::none(told.len(), world.access_points.len()),
            told,
            violated: 0,
        };
        state.rename();
        state
    }

    /// A client that came back has its session.
    pub(crate) fn returned(&mut self, id: SessionId) {
        let state = self.hub.snapshot(id).map_or(SessionState::Invalid, |snapshot| snapshot.state);
        self.told[id.index as usize] =
            Told { id: Some(id), state, open: false, waiting: 0, tried: 0, offer: false, prohibits: false, returned: true };
    }

    /// The real side of a link.
    #[must_use]
    pub fn link(&self, id: AccessPointId) -> &RealLink {
        &self.links[id.0 as usize]
    }

    /// Whether a configuration is removed.
    #[must_use]
    pub fn is_removed(&self, configuration: ConfigurationId) -> bool {
        self.hub.configuration_state(configuration) == Some(ConfigurationState::Absent)
    }

    /// Gives serial numbers the smallest names that keep what the hub can tell of them, so that the state space is finite.
    ///
    /// The hub only asks of an operation whether a link's `done` has reached the newest one, of a generation whether it is newer than
    /// the last, of an offer whether it is the last; so 0 and 1 say it all. Reports that are not newer than what the hub knows are
    /// dropped here: that the hub drops them too is checked at every arrival.
    pub fn rename(&mut self) {
        let links = &mut self.links;
        self.hub.rename_serials(|serial| match serial {
            Serial::Generation(id, known) => {
                let link = &mut links[id.0 as usize];
                link.reports.retain(|report| report.generation > known);
                for (place, report) in link.reports.iter_mut().enumerate() {
                    report.generation = place as u64 + 1;
                }
                link.generation = link.reports.len() as u64;
                0
            }
            Serial::Operation(id, newest) => {
                let link = &mut links[id.0 as usize];
                let renamed = |done: OperationId| OperationId(u64::from(done.0 >= newest));
                link.reports.iter_mut().for_each(|report| report.done = renamed(report.done));
                link.done = renamed(link.done);
                link.task = link.task.map(|task| match task {
                    Task::Raise(_) => Task::Raise(OperationId(1)),
                    Task::Lower(_) => Task::Lower(OperationId(1)),
                });
                1
            }
            // A scan before the newest has the number 1.
            Serial::Refresh(_) | Serial::LastOperation(_) => 2,
            Serial::Prefer(_) | Serial::Offer(_) => 1,
            Serial::Sequence(_) => 0,
        });
        self.prefer = self.prefer.map(|(_, target)| (OperationId(1), target));
    }
}
