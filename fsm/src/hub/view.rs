//! What can be asked of a hub between steps: configurations, sessions, holders, counters.

use super::{Counters, Hub, Snapshot};
use crate::link::LinkState;
use crate::roaming::{Old, RoamState};
use crate::session::Hold;
use crate::words::{
    AccessPoint, AccessPointId, Capabilities, ConfigurationId, ConfigurationState, Mode, Refusal, ServiceNetwork, ServiceNetworkId,
    SessionId, UserChoice, UserChoiceId,
};

/// How a link stands, for tools and checkers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct LinkView {
    /// Its leaf.
    pub state: LinkState,
    /// We raised it and have not lowered it since.
    pub ours: bool,
    /// Its configuration was removed.
    pub removed: bool,
    /// How many sessions lease it.
    pub leases: u32,
}

/// The inner side of a session, for tools and checkers; clients see [`Snapshot`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SessionView {
    /// Hold on its configuration.
    pub hold: Hold,
    /// Leaf of the handshake.
    pub roam: RoamState,
    /// What is with the old link.
    pub old: Old,
    /// The access point tried, held, or to be gone back to.
    pub current: Option<AccessPointId>,
    /// The access point offered or tested.
    pub candidate: Option<AccessPointId>,
    /// A suppression window is open.
    pub window: bool,
}

impl Hub {
    /// How a session stands; `None` for an unknown id.
    #[must_use]
    pub fn snapshot(&self, session: SessionId) -> Option<Snapshot> {
        let index = self.index_of(session)?;
        let session = self.session(index);
        let shows_candidate = matches!(session.roam, RoamState::Trial | RoamState::Committing);
        Some(Snapshot {
            sequence: session.sequence,
            configuration: session.configuration,
            chosen: session.chosen,
            state: self.state_of(session),
            open: session.hold == Hold::Held,
            active: session.active(),
            candidate: session.candidate.filter(|_| shows_candidate && session.hold == Hold::Held),
            phase: session.roam.phase(),
            offer: self.pending_offer(index).filter(|_| session.memory.consulted),
            policies: session.policies,
            counters: self.session_counters(index),
        })
    }

    fn session_counters(&self, index: u32) -> Counters {
        let session = self.session(index);
        let mut total = session.counted;
        if session.hold == Hold::Held {
            if let Some(id) = session.current.filter(|_| session.leases_current()) {
                total = total.plus(self.link(id).counters.since(session.current_base));
            }
            if let Some(id) = session.candidate.filter(|_| session.leases_candidate()) {
                total = total.plus(self.link(id).counters.since(session.candidate_base));
            }
        }
        total
    }

    /// The inner side of a session; `None` for an unknown id.
    #[must_use]
    pub fn session_view(&self, session: SessionId) -> Option<SessionView> {
        let session = self.session(self.index_of(session)?);
        Some(SessionView {
            hold: session.hold,
            roam: session.roam,
            old: session.memory.old,
            current: session.current,
            candidate: session.candidate,
            window: session.window.is_some(),
        })
    }

    /// Who answers for the session; `None` for an unknown id (SPEC §6.1).
    #[must_use]
    pub fn mode(&self, session: SessionId) -> Option<Mode> {
        self.index_of(session).map(|index| self.session(index).options.mode)
    }

    /// Whether the session would not have this access point offered now (SPEC §6.6).
    #[must_use]
    pub fn suppresses(&self, session: SessionId, access_point: AccessPointId) -> bool {
        self.index_of(session).is_some_and(|index| self.session(index).suppresses(access_point))
    }

    /// Whether the access point may be used by the session now: usable, its radio free, not excluded by the requirements (SPEC §6.2).
    /// The error says why not.
    pub fn admits(&self, session: SessionId, access_point: AccessPointId) -> Result<(), Refusal> {
        let index = self.index_of(session).ok_or(Refusal::UnknownSession)?;
        let known = self.links.get(access_point.at()).ok_or(Refusal::UnknownConfiguration(access_point.into()))?;
        let session = self.session(index);
        let fits = session.options.requirements.fit(&known.attributes).is_some();
        let admissible = self.admissible(session, access_point).is_ok();
        if fits && admissible { Ok(()) } else { Err(Refusal::UnknownConfiguration(access_point.into())) }
    }

    /// Every living session, in order of place.
    pub fn sessions(&self) -> impl Iterator<Item = SessionId> + '_ {
        (0..self.slots.len() as u32).filter(|index| self.slots[*index as usize].session.is_some()).map(|index| self.id_of(index))
    }

    /// State of a configuration; `None` for an unknown id, `Absent` for a removed one.
    #[must_use]
    pub fn configuration_state(&self, configuration: ConfigurationId) -> Option<ConfigurationState> {
        let known = match configuration {
            ConfigurationId::AccessPoint(id) => id.at() < self.links.len(),
            ConfigurationId::ServiceNetwork(id) => id.at() < self.networks.len(),
            ConfigurationId::UserChoice(id) => id.at() < self.choices.len(),
        };
        known.then(|| self.current_state(configuration))
    }

    /// How a link stands; `None` for an unknown id.
    #[must_use]
    pub fn link_view(&self, id: AccessPointId) -> Option<LinkView> {
        let link = self.links.get(id.at())?;
        Some(LinkView { state: link.leaf, ours: link.owes(), removed: link.removed, leases: link.leases })
    }

    /// Attributes of an access point; `None` for an unknown id.
    #[must_use]
    pub fn access_point(&self, id: AccessPointId) -> Option<&AccessPoint> {
        self.links.get(id.at()).map(|link| &link.attributes)
    }

    /// Attributes of a service network; `None` for an unknown id.
    #[must_use]
    pub fn service_network(&self, id: ServiceNetworkId) -> Option<&ServiceNetwork> {
        self.networks.get(id.at()).map(|network| &network.definition)
    }

    /// Attributes of a user choice; `None` for an unknown id.
    #[must_use]
    pub fn user_choice(&self, id: UserChoiceId) -> Option<&UserChoice> {
        self.choices.get(id.at()).map(|choice| &choice.definition)
    }

    /// Whether sessions on it can roam: a service network with more than one member (SPEC §3).
    #[must_use]
    pub fn roaming_available(&self, configuration: ConfigurationId) -> bool {
        matches!(configuration, ConfigurationId::ServiceNetwork(id) if self.service_network(id).is_some_and(|network| network.members.len() > 1))
    }

    /// What can be done on a configuration: what all its access points can (SPEC §10).
    #[must_use]
    pub fn capabilities(&self, configuration: ConfigurationId) -> Capabilities {
        if self.configuration_state(configuration).is_none() {
            return Capabilities::default();
        }
        let all = self.members(configuration).iter().map(|id| self.link(*id).attributes.capabilities.0);
        Capabilities(all.reduce(|all, one| all & one).unwrap_or(0))
    }

    /// Every configuration that was not removed, sorted: access points, service networks, user choices, each by id (SPEC §3).
    pub fn configurations(&self) -> impl Iterator<Item = ConfigurationId> + '_ {
        let links = (0..self.links.len() as u32).map(|id| ConfigurationId::AccessPoint(AccessPointId(id)));
        let networks = (0..self.networks.len() as u32).map(|id| ConfigurationId::ServiceNetwork(ServiceNetworkId(id)));
        let choices = (0..self.choices.len() as u32).map(|id| ConfigurationId::UserChoice(UserChoiceId(id)));
        links.chain(networks).chain(choices).filter(|id| !self.is_removed(*id))
    }

    /// The default configuration (SPEC §3): the backend's own if it has one, else the best access point by state, then bearer, then
    /// order of definition; `None` if nothing is usable.
    #[must_use]
    pub fn default_configuration(&self) -> Option<ConfigurationId> {
        if let Some(id) = self.default.filter(|id| self.configuration_state(*id).is_some() && !self.is_removed(*id)) {
            return Some(id);
        }
        let usable = self.links.iter().filter(|link| link.usable());
        usable
            .min_by_key(|link| (core::cmp::Reverse(link.leaf.configuration_state()), link.attributes.bearer.rank(), link.id))
            .map(|link| link.id.into())
    }

    /// Whether some access point is Active (SPEC §3).
    #[must_use]
    pub fn is_online(&self) -> bool {
        self.active_links > 0
    }

    /// Sessions that lease the link (SPEC §7.1).
    pub fn holders(&self, id: AccessPointId) -> impl Iterator<Item = SessionId> + '_ {
        let own = self
            .links
            .get(id.at())
            .map(|link| core::iter::once(&link.sessions).chain(link.containers.iter().map(|c| self.subscribers(*c))));
        own.into_iter().flatten().flatten().copied().filter(move |index| self.session(*index).leases(id)).map(|index| self.id_of(index))
    }

    /// Counters of a link as last reported (SPEC §10).
    #[must_use]
    pub fn link_counters(&self, id: AccessPointId) -> Counters {
        self.links.get(id.at()).map_or(Counters::default(), |link| link.counters)
    }

    /// The access point the system default route goes through, as confirmed; `None`: as found.
    #[must_use]
    pub fn default_route(&self) -> Option<AccessPointId> {
        self.route.confirmed
    }
}
