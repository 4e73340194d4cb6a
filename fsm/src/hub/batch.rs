//! How one input becomes one batch: work left to do within the step, sessions touched, notices in the order of SPEC §11.

use super::mutants::Mutant;
use super::records::Session;
use super::{Hub, Notice, Output, Policies};
use crate::link::LinkState;
use crate::roaming::{Old, RoamState};
use crate::session::Hold;
use crate::words::{AccessPointId, Cause, ConfigurationId, Metered, RadioId, Record, Refusal, RequestId, SessionId, SessionState};
use alloc::collections::VecDeque;
use alloc::vec::Vec;

/// Something the step still has to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Work {
    /// The link may be ready for those who wait for it, or must be raised for them.
    Ready(AccessPointId),
    /// The same for one session.
    ReadyFor(u32),
    /// A link that the session leased could not be raised, or left Up.
    Lost(u32, AccessPointId, Cause),
    /// The access point's state changed: it may have become, or ceased to be, a candidate.
    Level(AccessPointId),
    /// Who may use which access point on this radio changed.
    Radio(RadioId),
    /// A lease was dropped: lower the link if it was the last.
    Reap(AccessPointId),
    /// A session that could use the link is no longer engaged.
    Unwatch(AccessPointId),
    /// The session may have a (better) candidate now.
    Consider(u32),
}

/// Lists that live for one step; kept for their memory.
#[derive(Debug, Clone, Default)]
pub(super) struct Batch {
    pub(super) outputs: Vec<Output>,
    pub(super) work: VecDeque<Work>,
    /// Links to be let go of, when nothing else is left: what is leased again within the step stays.
    late: Vec<Work>,
    /// Some were.
    pub(super) let_go: bool,
    pub(super) touched: Vec<u32>,
    /// Records that the step changed.
    pub(super) changed: Vec<Record>,
    /// Place of the session in `touched`, order of SPEC §11, order of arising, the notice.
    notices: Vec<(u32, u8, u32, Notice)>,
    pub(super) catalogue: Vec<Output>,
    answers: Vec<Output>,
    /// Sessions to be forgotten when the batch is complete.
    pub(super) dropped: Vec<SessionId>,
}

impl Batch {
    /// Whether the batch tells the touched session at this place that it was closed, or why.
    pub(super) fn tells_end(&self, place: u32) -> bool {
        self.notices.iter().any(|(of, _, _, notice)| *of == place && matches!(notice, Notice::Closed | Notice::Error(_)))
    }
}

/// Place of a notice within a session's part of the batch (SPEC §11).
const fn class(notice: &Notice) -> u8 {
    match notice {
        Notice::StateChanged(_) => 0,
        Notice::PoliciesChanged(_) => 1,
        Notice::Opened | Notice::Closed => 2,
        Notice::PreferredConfigurationChanged(_) | Notice::NewConfigurationActivated { .. } | Notice::OfferWithdrawn(_) => 3,
        Notice::Error(_) => 4,
    }
}

/// Whether a notice of a session that is not open when the batch ends says nothing any more: `closed` ends every offer, and one error,
/// the last, says how it came (SPEC §11).
const fn superseded(notice: &Notice, more: bool) -> bool {
    match notice {
        Notice::PreferredConfigurationChanged(_) | Notice::NewConfigurationActivated { .. } | Notice::OfferWithdrawn(_) => true,
        Notice::Error(_) => more,
        Notice::StateChanged(_) | Notice::PoliciesChanged(_) | Notice::Opened | Notice::Closed => false,
    }
}

impl Hub {
    pub(super) fn work(&mut self, work: Work) {
        match work {
            Work::Reap(_) | Work::Unwatch(_) => self.batch.late.push(work),
            Work::Lost(_, id, _) => {
                self.link_mut(id).losing += 1;
                self.batch.work.push_back(work);
            }
            Work::Ready(_) | Work::ReadyFor(_) | Work::Level(_) | Work::Radio(_) | Work::Consider(_) => self.batch.work.push_back(work),
        }
    }

    /// The session's state is to be looked at when the batch ends.
    pub(super) fn touch(&mut self, index: u32) -> u32 {
        let place = self.batch.touched.len() as u32;
        let session = self.session_unkept(index);
        if session.touched == u32::MAX {
            session.touched = place;
            self.batch.touched.push(index);
            place
        } else {
            session.touched
        }
    }

    pub(super) fn notify(&mut self, index: u32, notice: Notice) {
        let place = self.touch(index);
        let arising = self.batch.notices.len() as u32;
        self.batch.notices.push((place, class(&notice), arising, notice));
    }

    pub(super) fn answer(&mut self, session: Option<u32>, request: RequestId, result: Result<(), Refusal>) {
        let session = session.map(|index| self.id_of(index));
        self.batch.answers.push(Output::Answer { session, request, result });
    }

    /// Everything that is left to do, then the default route, until nothing is left; then the notices.
    pub(super) fn complete(&mut self) {
        loop {
            while let Some(work) = self.batch.work.pop_front() {
                self.do_work(work);
            }
            self.follow_routes();
            if self.settle_route() {
                continue;
            }
            let mut late = core::mem::take(&mut self.batch.late);
            let idle = late.is_empty();
            self.batch.let_go |= !idle;
            for work in late.drain(..) {
                self.do_work(work);
            }
            if self.batch.late.is_empty() {
                self.batch.late = late;
            }
            if idle && self.batch.work.is_empty() {
                break;
            }
        }
        self.batch.let_go = false;
        self.publish();
        for id in core::mem::take(&mut self.batch.dropped) {
            self.forget(id);
        }
    }

    fn publish(&mut self) {
        for place in 0..self.batch.touched.len() {
            let index = self.batch.touched[place];
            let state = self.state_of(self.session(index));
            let policies = self.policies_of(self.session(index));
            let (repeats, forgets) = (self.broken(Mutant::RepeatsStates), self.broken(Mutant::ForgetsMonitors));
            let session = self.session(index);
            let changed = (session.published != state || repeats) && !(forgets && session.hold == Hold::Free);
            let other_policies = session.policies != policies;
            if session.published != state || other_policies {
                let session = self.session_mut(index);
                (session.published, session.policies) = (state, policies);
            }
            if changed {
                self.notify(index, Notice::StateChanged(state));
            }
            if other_policies {
                self.notify(index, Notice::PoliciesChanged(policies));
            }
        }
        let errors_first = self.broken(Mutant::ErrorsFirst);
        let class_of = |class: u8| if errors_first { u8::MAX - class } else { class };
        self.batch.notices.sort_unstable_by_key(|(place, class, arising, _)| (*place, class_of(*class), *arising));
        let mut notices = core::mem::take(&mut self.batch.notices);
        for (at, (place, _, _, notice)) in notices.iter().copied().enumerate() {
            let index = self.batch.touched[place as usize];
            let more = notices.get(at + 1).is_some_and(|next| next.0 == place);
            if self.session(index).hold == Hold::Free && superseded(&notice, more) {
                continue;
            }
            let notice = self.as_it_stands(index, notice);
            let skips = self.broken(Mutant::SkipsANumber);
            let session = self.session_mut(index);
            session.sequence += 1 + u64::from(skips);
            let sequence = session.sequence;
            let session = self.id_of(index);
            self.batch.outputs.push(Output::Notice { session, sequence, notice });
        }
        notices.clear();
        self.batch.notices = notices;
        let mut touched = core::mem::take(&mut self.batch.touched);
        for index in touched.drain(..) {
            self.session_unkept(index).touched = u32::MAX;
        }
        self.batch.touched = touched;
        let Batch { outputs, catalogue, answers, .. } = &mut self.batch;
        outputs.append(catalogue);
        outputs.append(answers);
    }

    /// An offer whose session lost its old link in the same batch is a downgrade by now (SPEC §6.3).
    fn as_it_stands(&self, index: u32, notice: Notice) -> Notice {
        let Notice::PreferredConfigurationChanged(made) = notice else { return notice };
        Notice::PreferredConfigurationChanged(self.pending_offer(index).filter(|offer| offer.id == made.id).unwrap_or(made))
    }

    /// The public state, derived (SPEC §4).
    pub(super) fn state_of(&self, session: &Session) -> SessionState {
        match session.hold {
            Hold::Free => self.mirrored(session.effective()),
            Hold::Wanting => SessionState::Connecting,
            Hold::Held => match (session.roam, session.memory.old) {
                (RoamState::Stable, _) | (RoamState::Offered, Old::Up) => SessionState::Connected,
                (RoamState::Offered, Old::Gone | Old::Yielded)
                | (RoamState::Seeking | RoamState::Migrating | RoamState::Trial | RoamState::Committing | RoamState::Restoring, _) => {
                    SessionState::Roaming
                }
            },
        }
    }

    /// What a session that is not open shows (SPEC §4).
    fn mirrored(&self, configuration: ConfigurationId) -> SessionState {
        if self.is_removed(configuration) {
            return SessionState::Invalid;
        }
        if let ConfigurationId::AccessPoint(id) = configuration {
            return self.link(id).leaf.session_state();
        }
        let leaf = self.mirrored_link(configuration).map(|id| self.link(id).leaf);
        match leaf {
            Some(LinkState::Up) => SessionState::Connected,
            Some(LinkState::Raising) => SessionState::Connecting,
            Some(LinkState::Down | LinkState::Lowering) => SessionState::Disconnected,
            Some(LinkState::Absent | LinkState::Undefined | LinkState::Defined) | None => SessionState::NotAvailable,
        }
    }

    /// The member a session that is not open mirrors: the first that is up, else rising, else usable (SPEC §4).
    pub(super) fn mirrored_link(&self, configuration: ConfigurationId) -> Option<AccessPointId> {
        let best = |leaf: LinkState| match leaf {
            LinkState::Up => Some(0),
            LinkState::Raising => Some(1),
            LinkState::Down | LinkState::Lowering => Some(2),
            LinkState::Absent | LinkState::Undefined | LinkState::Defined => None,
        };
        self.members(configuration)
            .iter()
            .filter_map(|id| best(self.link(*id).leaf).map(|order| (order, *id)))
            .min_by_key(|(order, _)| *order)
            .map(|(_, id)| id)
    }

    fn policies_of(&self, session: &Session) -> Policies {
        let metered = session.active().is_some_and(|id| self.link(id).attributes.metered == Metered::Yes);
        if metered || self.save_traffic { Policies::NO_BACKGROUND_TRAFFIC } else { Policies::NONE }
    }
}
