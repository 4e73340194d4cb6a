//! What the hub keeps of each thing: links, service networks, user choices, executors, sessions.

use super::{Counters, Policies, SessionOptions};
use crate::link::{LinkMemory, LinkState};
use crate::roaming::{Old, RoamMemory, RoamState};
use crate::session::Hold;
use crate::words::{
    AccessPoint, AccessPointId, Cause, ConfigurationId, ConfigurationState, OfferId, OperationId, RequestId, ServiceNetwork,
    ServiceNetworkId, SessionState, UserChoice, UserChoiceId,
};
use alloc::vec::Vec;
use core::hash::{Hash, Hasher};
use core::time::Duration;

/// An access point and its link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Link {
    pub(super) id: AccessPointId,
    pub(super) attributes: AccessPoint,
    /// Service networks and user choices it belongs to.
    pub(super) containers: Vec<ConfigurationId>,
    /// Position in the default route's order: best place in a service network, bearer (SPEC §7.4).
    pub(super) order: (u32, u8),
    pub(super) removed: bool,
    /// Removed while it was ours: it is still to be lowered.
    pub(super) leaving: bool,
    pub(super) leaf: LinkState,
    pub(super) memory: LinkMemory,
    /// The newest operation given to the executor on this link.
    pub(super) op: OperationId,
    /// The executor has not said that it is done with it. One that is gone carries nothing on.
    pub(super) under_way: bool,
    /// It is to give back what is left of a raise on a link at rest.
    pub(super) gives_back: bool,
    /// Generation of the newest report.
    pub(super) generation: u64,
    /// Sessions that lease it (SPEC §7.1).
    pub(super) leases: u32,
    /// Of these, how many are told in this very batch that it is lost, and were not yet.
    pub(super) losing: u32,
    /// Sessions that lowered it for a candidate on its radio and may raise it again.
    pub(super) reserved: u32,
    /// Engaged sessions whose configuration it belongs to.
    pub(super) watchers: u32,
    /// Open sessions whose traffic the default route should follow here.
    pub(super) routed: u32,
    /// Usable for long enough to be offered (SPEC §6.2).
    pub(super) settled: bool,
    pub(super) published: ConfigurationState,
    pub(super) counters: Counters,
    /// Sessions created on this very configuration.
    pub(super) sessions: Vec<u32>,
}

impl Hash for Link {
    /// What changes while nothing is defined: attributes and memberships are left out.
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.removed, self.leaving, self.leaf, self.memory, self.op, self.generation, self.leases, self.reserved, self.watchers)
            .hash(state);
        (self.under_way, self.gives_back, self.routed, self.settled, self.published, self.counters, &self.sessions).hash(state);
    }
}

impl Link {
    pub(super) fn new(id: AccessPointId, attributes: AccessPoint) -> Self {
        Self {
            id,
            attributes,
            containers: Vec::new(),
            order: (u32::MAX, 0),
            removed: false,
            leaving: false,
            leaf: LinkState::Undefined,
            memory: LinkMemory::default(),
            op: OperationId(0),
            under_way: false,
            gives_back: false,
            generation: 0,
            leases: 0,
            losing: 0,
            reserved: 0,
            watchers: 0,
            routed: 0,
            settled: false,
            published: ConfigurationState::Undefined,
            counters: Counters::default(),
            sessions: Vec::new(),
        }
    }

    /// Usable now (SPEC §3: Discovered or Active).
    pub(super) fn usable(&self) -> bool {
        !self.removed && self.leaf.configuration_state() >= ConfigurationState::Discovered
    }

    /// Why it is of no use to whoever waits for it.
    pub(super) fn cannot_come(&self) -> Option<Cause> {
        match self.leaf {
            LinkState::Absent | LinkState::Undefined | LinkState::Defined => Some(Cause::NotAvailable),
            LinkState::Down | LinkState::Raising | LinkState::Up | LinkState::Lowering => None,
        }
    }

    /// Whether it occupies its radio (SPEC §7.3): it stands, has not been lowered yet, or what is left of it is being given back.
    pub(super) fn occupies_radio(&self) -> bool {
        self.leaf.occupies_radio() || self.leaving || self.under_way
    }

    /// Something on it is to be given back: it is ours, or not all of it was given back yet.
    pub(super) fn owes(&self) -> bool {
        self.memory.ours || self.leaving || self.gives_back
    }

    /// Key in the order of default routes: smaller is better.
    pub(super) fn route_key(&self) -> (u32, u8, AccessPointId) {
        (self.order.0, self.order.1, self.id)
    }
}

/// A service network.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Network {
    pub(super) definition: ServiceNetwork,
    pub(super) removed: bool,
    pub(super) published: ConfigurationState,
    pub(super) sessions: Vec<u32>,
}

/// A user choice; `members` are the access points of all its options, in the user's order.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Choice {
    pub(super) definition: UserChoice,
    pub(super) members: Vec<AccessPointId>,
    pub(super) removed: bool,
    pub(super) published: ConfigurationState,
    pub(super) sessions: Vec<u32>,
}

/// An executor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(super) struct ExecutorRecord {
    /// It lost its daemon (SPEC §9), or has not said yet how its links stand after a crash of ours (SPEC §8).
    pub(super) gone: bool,
    /// It is the latter: what it is given it carries out when it has started.
    pub(super) starting: bool,
    /// The scan it is doing; 0 if none.
    pub(super) refresh: OperationId,
}

impl ExecutorRecord {
    /// What it is given comes to nothing.
    pub(super) const fn is_lost(self) -> bool {
        self.gone && !self.starting
    }
}

/// How an access point ranks for a session: smaller is better. The order of the fields is the policy (SPEC §6.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Rank {
    /// How it fits the session's requirements.
    pub(super) fit: u8,
    /// Place in the service network.
    pub(super) position: u16,
}

/// An access point a session does not want offered for a while (SPEC §6.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Suppression {
    pub(super) access_point: AccessPointId,
    /// Its timer is armed.
    pub(super) active: bool,
    /// It failed this many times in a row; 0: it was ignored or rejected.
    pub(super) failures: u8,
    /// The open under way has tried it: it is not tried again.
    pub(super) tried: bool,
}

/// A session.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Session {
    pub(super) configuration: ConfigurationId,
    /// Place in its configuration's list of sessions.
    pub(super) position: u32,
    pub(super) chosen: Option<ConfigurationId>,
    pub(super) options: SessionOptions,
    pub(super) hold: Hold,
    pub(super) roam: RoamState,
    pub(super) memory: RoamMemory,
    /// The access point tried, held, or gone back to.
    pub(super) current: Option<AccessPointId>,
    /// The access point offered or tested.
    pub(super) candidate: Option<AccessPointId>,
    /// The best access point that the open under way failed on, and why.
    pub(super) failure: Option<(AccessPointId, Cause)>,
    /// Number of the last offer.
    pub(super) offer: OfferId,
    /// A suppression window is open, and was to be for this long.
    pub(super) window: Option<Duration>,
    /// Lost, and asked to be opened again by itself.
    pub(super) intent: bool,
    /// An open that waits for its answer, and those that came after it.
    pub(super) open_request: Option<RequestId>,
    pub(super) more_requests: Vec<RequestId>,
    pub(super) suppressions: Vec<Suppression>,
    /// Where the default route should follow it.
    pub(super) routed: Option<AccessPointId>,
    pub(super) sequence: u64,
    /// Place in the running batch; `u32::MAX` between batches.
    pub(super) touched: u32,
    /// The running step had to do with what is kept of it; false between steps.
    pub(super) changed: bool,
    pub(super) published: SessionState,
    pub(super) policies: Policies,
    pub(super) counted: Counters,
    pub(super) current_base: Counters,
    pub(super) candidate_base: Counters,
}

impl Session {
    pub(super) fn new(configuration: ConfigurationId, position: u32, options: SessionOptions) -> Self {
        Self {
            configuration,
            position,
            chosen: None,
            options,
            hold: Hold::Free,
            roam: RoamState::Stable,
            memory: RoamMemory::default(),
            current: None,
            candidate: None,
            failure: None,
            offer: OfferId(0),
            window: None,
            intent: false,
            open_request: None,
            more_requests: Vec::new(),
            suppressions: Vec::new(),
            routed: None,
            sequence: 0,
            touched: u32::MAX,
            changed: false,
            published: SessionState::Invalid,
            policies: Policies::NONE,
            counted: Counters::default(),
            current_base: Counters::default(),
            candidate_base: Counters::default(),
        }
    }

    /// The configuration it is on, a user choice resolved.
    pub(super) fn effective(&self) -> ConfigurationId {
        self.chosen.unwrap_or(self.configuration)
    }

    pub(super) fn leases_current(&self) -> bool {
        self.hold != Hold::Free && self.memory.leases_old(self.roam)
    }

    pub(super) fn leases_candidate(&self) -> bool {
        self.hold == Hold::Held && self.roam.leases_candidate()
    }

    /// Whether it leases the link (S13).
    pub(super) fn leases(&self, id: AccessPointId) -> bool {
        (self.leases_current() && self.current == Some(id)) || (self.leases_candidate() && self.candidate == Some(id))
    }

    /// The access point in use.
    pub(super) fn active(&self) -> Option<AccessPointId> {
        if self.hold == Hold::Held && self.memory.old == Old::Up { self.current } else { None }
    }

    /// Where the default route should follow it (SPEC §7.4): a committing session already counts at its candidate.
    pub(super) fn route(&self) -> Option<AccessPointId> {
        if self.hold == Hold::Held && self.roam == RoamState::Committing { self.candidate } else { self.active() }
    }

    /// The link it waits for, if it waits for one.
    pub(super) fn waits_for(&self) -> Option<AccessPointId> {
        match (self.hold, self.roam) {
            (Hold::Wanting, _) | (Hold::Held, RoamState::Restoring) => self.current,
            (Hold::Held, RoamState::Migrating) => self.candidate,
            (Hold::Free, _)
            | (Hold::Held, RoamState::Stable | RoamState::Seeking | RoamState::Offered | RoamState::Trial | RoamState::Committing) => None,
        }
    }
}

/// Generations of places.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(super) struct Generations {
    /// That with which a new place begins: no session of before the last crash had it.
    pub(super) first: u32,
    /// The newest of any place.
    pub(super) newest: u32,
}

/// A place for a session; the place outlives it, its generation tells sessions apart.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub(super) struct Slot {
    pub(super) generation: u32,
    pub(super) session: Option<Session>,
}

impl AccessPointId {
    /// As an index into tables in order of definition.
    pub(super) fn at(self) -> usize {
        self.0 as usize
    }
}

impl ServiceNetworkId {
    /// As an index into tables in order of definition.
    pub(super) fn at(self) -> usize {
        self.0 as usize
    }
}

impl UserChoiceId {
    /// As an index into tables in order of definition.
    pub(super) fn at(self) -> usize {
        self.0 as usize
    }
}
