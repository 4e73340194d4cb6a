//! How does a configuration look to clients at this moment?

use super::House;
use crate::client::Configuration;
#[cfg(target_os = "linux")]
use crate::client::{Family, NoSocket, Side, SocketKind, make_socket};
use crate::executor::Connectivity;
use netsession_fsm::hub::Counters;
use netsession_fsm::words::{AccessPointId, Bearer, ConfigurationId, Kind, Metered, Purpose};
#[cfg(target_os = "linux")]
use netsession_fsm::words::{Refusal, SessionId};
use std::collections::BTreeSet;
use std::time::Duration;

impl House {
    pub(in crate::drive) fn configurations(&self) -> Vec<Configuration> {
        self.hub.configurations().filter_map(|id| self.configuration(id)).collect()
    }

    pub(in crate::drive) fn configuration(&self, id: ConfigurationId) -> Option<Configuration> {
        let mut it = Configuration {
            id,
            name: self.name_of(id).unwrap_or_else(|| id.to_string().into()),
            kind: Kind::AccessPoint,
            state: self.hub.configuration_state(id)?,
            bearer: Bearer::Unknown,
            purpose: Purpose::Unknown,
            metered: Metered::Unknown,
            connect_timeout: Duration::ZERO,
            radio: None,
            roaming_available: self.hub.roaming_available(id),
            capabilities: self.hub.capabilities(id),
            members: Vec::new(),
            executor: None,
            connectivity: Connectivity::Unknown,
            expected_interface: None,
            carrier: None,
            holders: Vec::new(),
            counters: Counters::default(),
        };
        match id {
            ConfigurationId::AccessPoint(id) => {
                let known = self.hub.access_point(id)?;
                it.bearer = known.bearer;
                it.purpose = known.purpose;
                it.metered = known.metered;
                it.connect_timeout = known.connect_timeout;
                it.radio = known.radio;
                it.executor = self.executors.get(&known.executor).map(|(name, _)| (*name).into());
                it.carrier = self.carriers.get(&id).cloned();
                if let Some(attributes) = self.attributes.get(&id) {
                    it.connectivity = attributes.connectivity;
                    it.expected_interface.clone_from(&attributes.interface);
                }
                self.gather(&mut it, [id]);
            }
            ConfigurationId::ServiceNetwork(id) => {
                let known = self.hub.service_network(id)?;
                it.kind = Kind::ServiceNetwork;
                it.purpose = known.purpose;
                it.members = known.members.iter().map(|&member| member.into()).collect();
                self.gather(&mut it, known.members.iter().copied());
            }
            ConfigurationId::UserChoice(choice) => {
                it.kind = Kind::UserChoice;
                it.members.clone_from(&self.hub.user_choice(choice)?.options);
                let links: BTreeSet<_> = it.members.iter().flat_map(|&option| self.links_of(option)).collect();
                self.gather(&mut it, links);
            }
        }
        Some(it)
    }

    /// A socket on one of a session's carriers.
    #[cfg(target_os = "linux")]
    pub(in crate::drive) fn socket(
        &self,
        session: SessionId,
        side: Side,
        kind: SocketKind,
        family: Family,
    ) -> Result<socket2::Socket, NoSocket> {
        let snapshot = self.hub.snapshot(session).ok_or(NoSocket::Denied(Refusal::UnknownSession.into()))?;
        let carrier = side.of(&snapshot).and_then(|id| self.carriers.get(&id)).ok_or(NoSocket::NoCarrier(side))?;
        make_socket(carrier, kind, family).map_err(NoSocket::Bind)
    }

    /// Access points of an option of a user choice.
    fn links_of(&self, option: ConfigurationId) -> Vec<AccessPointId> {
        match option {
            ConfigurationId::AccessPoint(id) => vec![id],
            ConfigurationId::ServiceNetwork(id) => self.hub.service_network(id).map(|it| it.members.clone()).unwrap_or_default(),
            ConfigurationId::UserChoice(_) => Vec::new(),
        }
    }

    /// Holders and bytes are those of the links.
    fn gather(&self, it: &mut Configuration, links: impl IntoIterator<Item = AccessPointId>) {
        let mut holders = BTreeSet::new();
        for id in links {
            holders.extend(self.hub.holders(id));
            it.counters = it.counters.plus(self.hub.link_counters(id));
        }
        it.holders = holders.into_iter().collect();
    }
}
