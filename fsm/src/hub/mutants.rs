//! Would a hub with a mistake in it be found out? At least one mistake for every property of SPEC §14, for checkers only.
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
    /// L1: a scan that an executor does not end is waited for for ever.
    ScansForEver,
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
    /// S8: a session that opens again by itself does so before it was told why it was closed.
    ReopensAtOnce,
    /// S2: of several opens that wait only the first is answered.
    ForgetsLaterOpens,
    /// S2: an open is answered twice.
    AnswersOpenTwice,
    /// S8: a session is told that it is open when its link is asked for.
    TellsOpenedEarly,
    /// S8: `closed` is told twice.
    ClosesTwice,
    /// S8: a number is left out in the sequence of notices.
    SkipsANumber,
    /// S8: errors are told before what they explain.
    ErrorsFirst,
    /// S6: a link that others raised is lowered when the last session leaves it.
    LowersForeignLinks,
    /// S12: an access point that the session's requirements exclude is offered.
    IgnoresRequirements,
    /// S12: an offer stands although its access point is out of reach.
    KeepsVanishedOffer,
    /// S14: of a resync only the links that are up are taken.
    ForgetsResync,
    /// S14: reports of an executor that is gone are taken.
    HearsTheGone,
    /// S5: a report from before the last command is taken for its outcome.
    ForgetsDone,
    /// S13: the old link's lease is kept when the candidate is adopted.
    KeepsOldLease,
    /// S13: a lease is counted twice.
    LeasesTwice,
    /// S13: a session whose owner died is forgotten without being closed.
    DropsRudely,
    /// S12: what was declined is offered again at once.
    SuppressesNothing,
    /// S12: what failed is offered again at once.
    BacksOffNothing,
    /// S13: the old link is not leased again when it is to be restored.
    RestoresNothing,
    /// L6: nobody looks for anything better when a suppression window ends.
    ForgetsWindowEnd,
    /// L6: nobody looks for anything better when a suppression ends.
    ForgetsSuppressionEnd,
    /// S18: a session whose roaming is off roams.
    MovesWhileOff,
    /// S11: a stop forgets the session that asked for it.
    StopsOthersOnly,
    /// S19: the default route follows the worst link in use.
    RoutesByLast,
    /// S13: the candidate's lease is kept when it is let go.
    KeepsCandidateLease,
    /// S1: the loss of the candidate is not noted while it is tested.
    IgnoresCandidateLoss,
    /// L5: a crash makes it forget that a link is ours.
    ForgetsOwnership,
    /// L3: deadlines are not armed again after a crash.
    ForgetsDeadlines,
    /// S9: offers are numbered from the beginning after a crash.
    NumbersOffersAnew,
    /// S13: leases are counted twice after a crash.
    RestoresLeasesTwice,
    /// S2: an open that has failed on a member tries only those behind it.
    TriesInOrderOnly,
    /// S5: what we raised is left as it is when its configuration is removed, and raised once more when that is defined again.
    ForgetsRemoved,
    /// S4: a service network is removed under those who hold it, and they are not told.
    RemovesUnderHolders,
    /// S12: something better is offered before it has settled.
    OffersUnsettled,
    /// L6: nobody looks at what has settled.
    ForgetsSettling,
    /// S2: an open tries from the beginning when an attempt fails.
    TriesForEver,
    /// S2: of several who asked for a scan only the first is answered.
    AnswersFirstScan,
}

#[cfg(feature = "mutants")]
impl Mutant {
    /// Every mistake with the property it breaks: first one for each of S1 to S19 and L1 to L8, in order, then further ones.
    pub const ALL: [(Self, &'static str); 64] = [
        (Self::IgnoresLoss, "S1"),
        (Self::ForgetsCancelled, "S2"),
        (Self::TellsMonitors, "S3"),
        (Self::ForgetsHolders, "S4"),
        (Self::RaisesTwice, "S5"),
        (Self::LowersUnderOthers, "S6"),
        (Self::RepeatsStates, "S7"),
        (Self::ForgetsMonitors, "S8"),
        (Self::TakesStaleAnswers, "S9"),
        (Self::IgnoresLossInTrial, "S10"),
        (Self::TakesRejectForAccept, "S11"),
        (Self::OffersSuppressed, "S12"),
        (Self::ForgetsLease, "S13"),
        (Self::TakesLateReports, "S14"),
        (Self::RaisesOnBusyRadio, "S15"),
        (Self::ForgetsWithdrawal, "S16"),
        (Self::AnnouncesEarly, "S17"),
        (Self::IgnoresWindow, "S18"),
        (Self::RoutesInTrial, "S19"),
        (Self::ScansForEver, "L1"),
        (Self::ForgetsRetry, "L2"),
        (Self::OffersForEver, "L3"),
        (Self::TestsForEver, "L4"),
        (Self::ForgetsReap, "L5"),
        (Self::ForgetsToLook, "L6"),
        (Self::GoesToAndFro, "L7"),
        (Self::WaitsInTheDark, "L8"),
        (Self::ReopensAtOnce, "S8"),
        (Self::ForgetsLaterOpens, "S2"),
        (Self::AnswersOpenTwice, "S2"),
        (Self::TellsOpenedEarly, "S8"),
        (Self::ClosesTwice, "S8"),
        (Self::SkipsANumber, "S8"),
        (Self::ErrorsFirst, "S8"),
        (Self::LowersForeignLinks, "S6"),
        (Self::IgnoresRequirements, "S12"),
        (Self::KeepsVanishedOffer, "S12"),
        (Self::ForgetsResync, "S14"),
        (Self::HearsTheGone, "S14"),
        (Self::ForgetsDone, "S5"),
        (Self::KeepsOldLease, "S13"),
        (Self::LeasesTwice, "S13"),
        (Self::DropsRudely, "S13"),
        (Self::SuppressesNothing, "S12"),
        (Self::BacksOffNothing, "S12"),
        (Self::RestoresNothing, "S13"),
        (Self::ForgetsWindowEnd, "L6"),
        (Self::ForgetsSuppressionEnd, "L6"),
        (Self::MovesWhileOff, "S18"),
        (Self::StopsOthersOnly, "S11"),
        (Self::RoutesByLast, "S19"),
        (Self::KeepsCandidateLease, "S13"),
        (Self::IgnoresCandidateLoss, "S1"),
        (Self::ForgetsOwnership, "L5"),
        (Self::ForgetsDeadlines, "L3"),
        (Self::NumbersOffersAnew, "S9"),
        (Self::RestoresLeasesTwice, "S13"),
        (Self::TriesInOrderOnly, "S2"),
        (Self::ForgetsRemoved, "S5"),
        (Self::RemovesUnderHolders, "S4"),
        (Self::OffersUnsettled, "S12"),
        (Self::ForgetsSettling, "L6"),
        (Self::TriesForEver, "S2"),
        (Self::AnswersFirstScan, "S2"),
    ];

    /// The property it breaks, S1 to S19 or L1 to L8.
    #[must_use]
    pub const fn property(self) -> &'static str {
        Self::ALL[self as usize].1
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
