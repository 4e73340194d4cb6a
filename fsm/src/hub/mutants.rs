//! Would a hub with a mistake in it be found out? One mistake for every property of SPEC §14, for checkers only.
//!
//! With the feature `mutants` a hub can be told to make one of them ([`Hub::set_mutant`](super::Hub::set_mutant)); without it no hub
//! has a place for one, and the compiler removes every trace. Each is a line a programmer could have forgotten or copied; the model's
//! tests find each by the property named here; those of safety by no other.
#![cfg_attr(not(feature = "mutants"), allow(unreachable_pub))]

use super::Hub;

/// A mistake, by the rule it breaks.
///
/// A mistake may break other rules later on; the property named here is the first to go, on the shortest way there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mutant {
    /// S1: a session at rest is not told that its link is lost, and stays Connected on nothing.
    IgnoresLoss,
    /// S2: an open that was cancelled by a close is never answered.
    ForgetsCancelled,
    /// S3: a stop is told as an error to whoever watches the link, holder or not.
    TellsMonitors,
    /// S4: a stop forgets the other holders.
    ForgetsHolders,
    /// S5: every session that comes while the link is rising has it raised again.
    RaisesTwice,
    /// S6: the first session that leaves has the link lowered, whoever still leases it.
    LowersUnderOthers,
    /// S7: every session a step touched is told its state, changed or not.
    RepeatsStates,
    /// S8: sessions that are not open are not told what their configuration does.
    ForgetsMonitors,
    /// S9: the number of the offer an answer is for is not looked at.
    TakesStaleAnswers,
    /// S10: the loss of the old link is not noted while a candidate is tested.
    IgnoresLossInTrial,
    /// S11: a reject is taken for an accept. (One that lets go of the old link at an accept and forgets the lease breaks S13 too:
    /// the link counts a lease that nobody has.)
    TakesRejectForAccept,
    /// S12: what was declined or failed is offered again at once.
    OffersSuppressed,
    /// S13: a session that ends forgets the lease of its link.
    ForgetsLease,
    /// S14: the generations of reports are not compared.
    TakesLateReports,
    /// S15: the radio's other link is not waited for while it is still being lowered.
    RaisesOnBusyRadio,
    /// S16: an offer that is over is not withdrawn.
    ForgetsWithdrawal,
    /// S17: activation is announced as soon as the candidate is asked for.
    AnnouncesEarly,
    /// S18: a suppression window keeps nothing from being offered.
    IgnoresWindow,
    /// S19: the default route goes to the candidate while it is only tested.
    RoutesInTrial,
    /// L1: an open tries from the beginning when an attempt fails.
    TriesForEver,
    /// L2: a lower that came to nothing is not tried again.
    ForgetsRetry,
    /// L3: an offer of something better does not expire.
    OffersForEver,
    /// L4: a trial does not expire.
    TestsForEver,
    /// L5: the link that nobody leases any more is not lowered.
    ForgetsReap,
    /// L6: a session at rest does not look for anything better.
    ForgetsToLook,
    /// L7: any other access point is taken for a better one.
    GoesToAndFro,
    /// L8: an offer of what is left when the link is lost does not expire.
    WaitsInTheDark,
}

#[cfg(feature = "mutants")]
impl Mutant {
    /// Every mistake, in the order of the properties: S1 to S19, then L1 to L8.
    pub const ALL: [Self; 27] = [
        Self::IgnoresLoss,
        Self::ForgetsCancelled,
        Self::TellsMonitors,
        Self::ForgetsHolders,
        Self::RaisesTwice,
        Self::LowersUnderOthers,
        Self::RepeatsStates,
        Self::ForgetsMonitors,
        Self::TakesStaleAnswers,
        Self::IgnoresLossInTrial,
        Self::TakesRejectForAccept,
        Self::OffersSuppressed,
        Self::ForgetsLease,
        Self::TakesLateReports,
        Self::RaisesOnBusyRadio,
        Self::ForgetsWithdrawal,
        Self::AnnouncesEarly,
        Self::IgnoresWindow,
        Self::RoutesInTrial,
        Self::TriesForEver,
        Self::ForgetsRetry,
        Self::OffersForEver,
        Self::TestsForEver,
        Self::ForgetsReap,
        Self::ForgetsToLook,
        Self::GoesToAndFro,
        Self::WaitsInTheDark,
    ];

    /// Number of the property it breaks: those of safety from 1, then those of liveness.
    #[must_use]
    pub const fn property(self) -> u32 {
        self as u32 + 1
    }
}

impl Hub {
    /// Makes the hub make a mistake from now on, or none.
    #[cfg(feature = "mutants")]
    pub const fn set_mutant(&mut self, mutant: Option<Mutant>) {
        self.mutant = mutant;
    }

    /// Whether the hub is to make this mistake.
    #[cfg(feature = "mutants")]
    #[inline]
    pub(super) fn broken(&self, mutant: Mutant) -> bool {
        self.mutant == Some(mutant)
    }

    /// No hub makes mistakes on purpose.
    #[cfg(not(feature = "mutants"))]
    #[inline]
    pub(super) const fn broken(&self, _: Mutant) -> bool {
        false
    }
}
