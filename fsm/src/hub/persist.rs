//! What of a hub has to outlive a crash of its process, and which records of it did a step change (SPEC §8)?
//!
//! There is one small record for the hub, one for each link and one for each session. After each [`Hub::step`], [`Hub::changed`] names
//! those that may be others now; [`Hub::kept_hub`], [`Hub::kept_link`] and [`Hub::kept_session`] tell them. What a step changed belongs
//! together, and has to be safe before any of the step's outputs is carried out: then a crash is one between two steps, whenever it
//! comes. A later process gives all of it to a new hub: [`Input::Restore`](super::Input::Restore).
//!
//! Not kept: who leases what, who watches what, who occupies which radio (it follows from the sessions); requests that wait for an answer
//! (with the process goes the connection on which it would come); definitions (the configuration file has them); what executors reported
//! and were told (they are asked anew).

use super::{Counters, Hub, Policies, SessionOptions};
use crate::link::LinkState;
use crate::roaming::{RoamMemory, RoamState};
use crate::session::Hold;
use crate::words::{AccessPointId, Cause, ConfigurationId, OfferId, OperationId, Record, Refusal, SessionId, SessionState, Unfit};
use alloc::vec::Vec;
use core::time::Duration;

/// Everything that is kept of a hub.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(default))]
pub struct Kept {
    /// What belongs to no link and no session.
    pub hub: KeptHub,
    /// Links, each once, in any order; one that is left out is as if it had just been defined.
    pub links: Vec<KeptLink>,
    /// Sessions, each once, in any order.
    pub sessions: Vec<KeptSession>,
}

/// What is kept that belongs to no link and no session. The default is that of a hub in which nothing happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(default))]
pub struct KeptHub {
    /// The last operation that was commanded: numbers of operations go on growing.
    pub last_operation: OperationId,
    /// The newest generation of any session's place: a session's id never comes back.
    pub generation: u32,
    /// Where the default route goes, as confirmed.
    pub route: Option<AccessPointId>,
}

/// What is kept of a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct KeptLink {
    /// Whose link.
    pub access_point: AccessPointId,
    /// How it stands.
    pub state: LinkState,
    /// We raised it and have not lowered it since.
    pub ours: bool,
    /// Its counters, as they were when something else of the record changed: that they alone changed is not told.
    pub counters: Counters,
}

/// What is kept of a session.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct KeptSession {
    /// Its id: the same after the crash.
    pub id: SessionId,
    /// On what it is.
    pub configuration: ConfigurationId,
    /// What a user choice was resolved to.
    pub chosen: Option<ConfigurationId>,
    /// How it is to be.
    pub options: SessionOptions,
    /// Whether it is open, or to be.
    pub hold: Hold,
    /// Leaf of the handshake.
    pub roam: RoamState,
    /// What the handshake remembers.
    pub memory: RoamMemory,
    /// The access point tried, held, or to be gone back to.
    pub current: Option<AccessPointId>,
    /// The access point offered or tested.
    pub candidate: Option<AccessPointId>,
    /// The best access point that its open failed on, and why.
    pub failure: Option<(AccessPointId, Cause)>,
    /// Number of its last offer: numbers of offers never repeat.
    pub offer: OfferId,
    /// What it does not want offered for a while, in order.
    pub suppressions: Vec<KeptSuppression>,
    /// A suppression window is open, and was to be for this long.
    pub window: Option<Duration>,
    /// It was lost, and opens again by itself.
    pub intent: bool,
    /// Sequence number of its last notice.
    pub sequence: u64,
    /// The state it last told.
    pub state: SessionState,
    /// The usage policies it last told.
    pub policies: Policies,
    /// What it counted on links it has left.
    pub counted: Counters,
    /// The current link's counters when it came.
    pub current_base: Counters,
    /// The candidate's counters when it came.
    pub candidate_base: Counters,
}

/// An access point that a session does not want offered for a while (SPEC §6.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct KeptSuppression {
    /// Which.
    pub access_point: AccessPointId,
    /// It is not to be offered now; else only how often it failed is remembered.
    pub active: bool,
    /// It failed this many times in a row; 0: it was declined.
    pub failures: u8,
    /// The open under way has tried it.
    pub tried: bool,
}

impl Hub {
    /// Records that the last [`Hub::step`] may have changed, each at least once. Of a session that is named here and that
    /// [`Hub::kept_session`] does not know, the record is to be forgotten.
    #[must_use]
    pub fn changed(&self) -> &[Record] {
        &self.batch.changed
    }

    /// What is to be kept that belongs to no link and no session.
    #[must_use]
    pub fn kept_hub(&self) -> KeptHub {
        KeptHub { last_operation: self.last_op, generation: self.generations.newest, route: self.route.confirmed }
    }

    /// What is to be kept of a link; `None` for an unknown id.
    #[must_use]
    pub fn kept_link(&self, id: AccessPointId) -> Option<KeptLink> {
        let link = self.links.get(id.at())?;
        Some(KeptLink { access_point: id, state: link.leaf, ours: link.owes(), counters: link.counters })
    }

    /// What is to be kept of a session; `None` for one that there is not, or no longer.
    #[must_use]
    pub fn kept_session(&self, id: SessionId) -> Option<KeptSession> {
        let session = self.session(self.index_of(id)?);
        let suppressions = session.suppressions.iter().map(|entry| KeptSuppression {
            access_point: entry.access_point,
            active: entry.active,
            failures: entry.failures,
            tried: entry.tried,
        });
        Some(KeptSession {
            id,
            configuration: session.configuration,
            chosen: session.chosen,
            options: session.options,
            hold: session.hold,
            roam: session.roam,
            memory: session.memory,
            current: session.current,
            candidate: session.candidate,
            failure: session.failure,
            offer: session.offer,
            suppressions: suppressions.collect(),
            window: session.window,
            intent: session.intent,
            sequence: session.sequence,
            state: session.published,
            policies: session.policies,
            counted: session.counted,
            current_base: session.current_base,
            candidate_base: session.candidate_base,
        })
    }

    /// Everything that is to be kept.
    #[must_use]
    pub fn kept(&self) -> Kept {
        let links = (0..self.links.len() as u32).filter_map(|id| self.kept_link(AccessPointId(id)));
        let sessions = self.sessions().filter_map(|id| self.kept_session(id));
        Kept { hub: self.kept_hub(), links: links.collect(), sessions: sessions.collect() }
    }

    /// The step may change what is kept of the session in this place.
    pub(super) fn keep(&mut self, index: u32) {
        let id = self.id_of(index);
        if let Some(session) = &mut self.slots[index as usize].session
            && !core::mem::replace(&mut session.changed, true)
        {
            self.batch.changed.push(Record::Session(id));
        }
    }

    /// The step changed what is kept of the link.
    pub(super) fn keep_link(&mut self, id: AccessPointId) {
        self.batch.changed.push(Record::Link(id));
    }

    /// The step is done; what was kept of the hub before it was this.
    pub(super) fn note_changes(&mut self, before: KeptHub) {
        for place in 0..self.batch.changed.len() {
            if let Record::Session(id) = self.batch.changed[place]
                && let Some(index) = self.index_of(id)
            {
                self.session_unkept(index).changed = false;
            }
        }
        if self.kept_hub() != before {
            self.batch.changed.push(Record::Hub);
        }
    }
}

impl Kept {
    /// The same with other ids of configurations: they are numbers in the order of definition, which the next process may give
    /// otherwise. `map` says what an id is called there, `None` that there is none.
    ///
    /// Records that name something that there is not any more are left out, and told with the refusal that
    /// [`Input::Restore`](super::Input::Restore) would give; of a session that only remembers such an access point (a suppression, the
    /// first failure) the memory is left out.
    #[must_use]
    pub fn map(self, map: impl Fn(ConfigurationId) -> Option<ConfigurationId>) -> (Self, Vec<Refusal>) {
        let mut refused = Vec::new();
        let mut refuse = |record, unknown| refused.push(Refusal::Unkept { record, why: Unfit::Unknown(unknown) });
        let access_point = |id: AccessPointId| match map(id.into()) {
            Some(ConfigurationId::AccessPoint(id)) => Ok(id),
            Some(ConfigurationId::ServiceNetwork(_) | ConfigurationId::UserChoice(_)) | None => Err(ConfigurationId::from(id)),
        };
        let mut kept = Self { hub: KeptHub { route: self.hub.route.and_then(|id| access_point(id).ok()), ..self.hub }, ..Self::default() };
        for link in self.links {
            match access_point(link.access_point) {
                Ok(access_point) => kept.links.push(KeptLink { access_point, ..link }),
                Err(unknown) => refuse(Record::Link(link.access_point), unknown),
            }
        }
        for session in self.sessions {
            let id = session.id;
            match session.mapped(&|id| map(id).ok_or(id), &access_point) {
                Ok(session) => kept.sessions.push(session),
                Err(unknown) => refuse(Record::Session(id), unknown),
            }
        }
        (kept, refused)
    }
}

impl KeptSession {
    fn mapped(
        self,
        configuration: &impl Fn(ConfigurationId) -> Result<ConfigurationId, ConfigurationId>,
        access_point: &impl Fn(AccessPointId) -> Result<AccessPointId, ConfigurationId>,
    ) -> Result<Self, ConfigurationId> {
        let mut suppressions: Vec<KeptSuppression> = self.suppressions;
        suppressions.retain_mut(|entry| access_point(entry.access_point).map(|id| entry.access_point = id).is_ok());
        suppressions.sort_unstable_by_key(|entry| entry.access_point);
        Ok(Self {
            configuration: configuration(self.configuration)?,
            chosen: self.chosen.map(configuration).transpose()?,
            current: self.current.map(access_point).transpose()?,
            candidate: self.candidate.map(access_point).transpose()?,
            failure: self.failure.and_then(|(id, cause)| Some((access_point(id).ok()?, cause))),
            suppressions,
            ..self
        })
    }
}
