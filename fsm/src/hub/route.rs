//! The system default route: a pure function of the open sessions' active links, switched by `Prefer`, one at a time (SPEC §7.4).

use super::mutants::Mutant;
use super::{CatalogueNotice, Command, Hub, Output, Timer};
use crate::roaming::{RoamEvent, RoamState};
use crate::session::Hold;
use crate::words::{AccessPointId, Cause, OperationId};
use alloc::collections::BTreeSet;
use alloc::vec::Vec;

/// What is known of the default route.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub(super) struct Route {
    /// Links that open sessions' traffic uses, best first.
    order: BTreeSet<(u32, u8, AccessPointId)>,
    /// Where it goes, as the executor confirmed; `None`: as found.
    pub(super) confirmed: Option<AccessPointId>,
    /// The `Prefer` under way, and where to.
    pending: Option<(OperationId, Option<AccessPointId>)>,
    /// Where it could not be switched to; tried again when the timer fires, as is a `Prefer` that is not answered.
    failed: Option<Option<AccessPointId>>,
    /// `confirmed` may not be true: a `Prefer` was superseded and then the newest failed, or the executor restarted.
    uncertain: bool,
    /// Committing sessions, in the order they accepted.
    pub(super) committing: Vec<u32>,
}

impl Route {
    /// Becomes the other one; allocates nothing unless other links carry traffic.
    pub(super) fn take_after(&mut self, other: &Self) {
        if self.order != other.order {
            self.order.clone_from(&other.order);
        }
        self.committing.clone_from(&other.committing);
        (self.confirmed, self.pending, self.failed, self.uncertain) = (other.confirmed, other.pending, other.failed, other.uncertain);
    }

    /// What is known after a crash.
    pub(super) fn restore(&mut self, confirmed: Option<AccessPointId>, uncertain: bool) {
        (self.confirmed, self.uncertain) = (confirmed, uncertain);
    }

    pub(super) fn pending_op(&mut self) -> Option<&mut OperationId> {
        self.pending.as_mut().map(|(op, _)| op)
    }
}

impl Hub {
    fn desired_route(&self) -> Option<AccessPointId> {
        let best = if self.broken(Mutant::RoutesByLast) { self.route.order.last() } else { self.route.order.first() };
        best.map(|(_, _, id)| *id)
    }

    /// Notes where the touched sessions' traffic goes now.
    pub(super) fn follow_routes(&mut self) {
        for place in 0..self.batch.touched.len() {
            let index = self.batch.touched[place];
            let session = self.session(index);
            let too_early = self.broken(Mutant::RoutesInTrial) && session.hold == Hold::Held && session.roam == RoamState::Trial;
            let (before, after) = (session.routed, if too_early { session.candidate } else { session.route() });
            let committing = session.hold == Hold::Held && session.roam == RoamState::Committing;
            let known = self.route.committing.iter().position(|other| *other == index);
            match (known, committing) {
                (None, true) => self.route.committing.push(index),
                (Some(place), false) => {
                    self.route.committing.remove(place);
                }
                (None, false) | (Some(_), true) => {}
            }
            if before == after {
                continue;
            }
            self.session_unkept(index).routed = after;
            if let Some(id) = after {
                let link = self.link_mut(id);
                link.routed += 1;
                let key = link.route_key();
                if link.routed == 1 {
                    self.route.order.insert(key);
                }
            }
            if let Some(id) = before {
                let link = self.link_mut(id);
                link.routed -= 1;
                let key = link.route_key();
                if link.routed == 0 {
                    self.route.order.remove(&key);
                }
            }
        }
    }

    /// The order changed with the definitions.
    pub(super) fn rebuild_routes(&mut self) {
        self.route.order = self.links.iter().filter(|link| link.routed > 0).map(super::records::Link::route_key).collect();
    }

    /// Switches the route where the sessions want it; confirms those that wait for it. True if that left something to do.
    pub(super) fn settle_route(&mut self) -> bool {
        let desired = self.desired_route();
        if self.route.failed.is_some_and(|failed| failed != desired) {
            self.route.failed = None;
            self.disarm(Timer::Route);
        }
        if self.route.failed.is_some() {
            return false;
        }
        let settled = match self.route.pending {
            Some((_, target)) => target == desired,
            None => self.route.confirmed == desired && !self.route.uncertain,
        };
        if !settled {
            self.prefer(desired);
        }
        if self.route.pending.is_some() || self.route.committing.is_empty() {
            return false;
        }
        for index in core::mem::take(&mut self.route.committing) {
            self.roam_event(index, RoamEvent::Confirmed);
        }
        true
    }

    fn prefer(&mut self, target: Option<AccessPointId>) {
        // A superseded Prefer may have been carried out or not.
        self.route.uncertain |= self.route.pending.is_some();
        let op = self.next_op();
        self.route.pending = Some((op, target));
        self.command(Command::Prefer { op, access_point: target });
        self.arm(Timer::Route, self.settings.retry);
    }

    pub(super) fn route_reported(&mut self, op: OperationId, result: Result<(), Cause>) {
        let Some((pending, target)) = self.route.pending else { return };
        if pending != op {
            return;
        }
        self.route.pending = None;
        match result {
            Ok(()) => {
                self.disarm(Timer::Route);
                self.route.uncertain = false;
                if self.route.confirmed != target {
                    self.route.confirmed = target;
                    self.batch.catalogue.push(Output::Catalogue(CatalogueNotice::DefaultRouteChanged(target)));
                }
            }
            Err(cause) => {
                self.route.failed = Some(target);
                self.arm(Timer::Route, self.settings.retry);
                // Whoever asked for this target falls back; the others wait.
                for place in (0..self.route.committing.len()).rev() {
                    let index = self.route.committing[place];
                    if self.session(index).candidate == target {
                        self.roam_event(index, RoamEvent::Refused(cause));
                    }
                }
            }
        }
    }

    /// A route goes with its link: one that comes up again comes without (executor contract C10).
    pub(super) fn route_went_with(&mut self, id: AccessPointId) {
        if self.route.confirmed == Some(id) {
            self.route.confirmed = None;
            self.batch.catalogue.push(Output::Catalogue(CatalogueNotice::DefaultRouteChanged(None)));
        }
    }

    pub(super) fn retry_route(&mut self) {
        let failed = self.route.failed.take().is_some();
        let unanswered = self.route.pending.take().is_some();
        self.route.uncertain |= failed || unanswered;
    }

    /// An executor may have missed something: what it did with the route is not known. One that `was_gone` may have left it on a link
    /// that was lost with it, or was to be lowered.
    pub(super) fn doubt_route(&mut self, was_gone: bool) {
        if was_gone || self.route.pending.is_some() || self.route.confirmed.is_some() {
            if self.route.pending.take().is_some() {
                self.disarm(Timer::Route);
            }
            self.route.uncertain = true;
        }
    }

    /// Whether the route is where it should be and nothing is under way (S19).
    #[must_use]
    pub fn route_is_settled(&self) -> bool {
        self.route.pending.is_none() && self.route.failed.is_none()
    }
}
